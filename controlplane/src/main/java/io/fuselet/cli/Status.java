// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.ProgramInfo;
import io.fuselet.extension.Counts;
import io.fuselet.extension.KernelCounters;
import io.fuselet.extension.Latencies;
import io.fuselet.extension.MissedStep;
import io.fuselet.extension.StackMount;
import io.fuselet.extension.StackMountOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A mount's state in the shape of its JSON:
 *
 * <pre>
 * {"source": "/usr", "mountpoint": "/mnt", "connection": 31, "pid": 4711, "tier": "extension",
 *  "missed": [{"tier": "extension", "reason": "..."}], "programs": [{"name": "...", "id": 7, "jited_bytes": 300}],
 *  "policy": {"rules": 3, "lost_events": 0},
 *  "upcalls": {"LOOKUP": 12}, "kernel": {"GETATTR": {"pass": 0, "reply": 0, "redirect": 9, ...}},
 *  "latency": {"LOOKUP": {"count": 12, "p50_ns": 65535, "p90_ns": 131071, "p99_ns": 131071}}}
 * </pre>
 *
 * {@code policy} is null for a mount without one. {@code upcalls} are this process's own count of the requests that it read, {@code kernel} the kernel's counters, null where no program
 * is attached. {@code latency} is null unless it is measured ({@code --trace}).
 */
final class Status {
    private Status() {}

    static Map<String, Object> of(StackMountOptions options, StackMount mount) throws IOException {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("source", options.source().toString());
        status.put("mountpoint", options.mountPoint().toString());
        status.put("connection", mount.connectionId());
        status.put("pid", ProcessHandle.current().pid());
        status.put("tier", mount.decision().tier().toString());
        status.put("missed", mount.decision().missed().stream().map(Status::missed).toList());
        status.put("programs", programs(mount));
        status.put("policy", policy(mount));
        status.put("upcalls", new TreeMap<>(mount.upcalls()));
        status.put("kernel", mount.kernelCounters().map(Status::kernel).orElse(null));
        status.put("latency", mount.latencies().map(Latencies::toMap).orElse(null));
        return status;
    }

    private static Map<String, Object> policy(StackMount mount) throws BpfException {
        if (mount.policy().isEmpty()) {
            return null;
        }
        Map<String, Object> policy = new LinkedHashMap<>();
        policy.put("rules", mount.policy().get().policy().rules().size());
        policy.put("lost_events", mount.policy().get().lostEvents());
        return policy;
    }

    private static Map<String, String> missed(MissedStep step) {
        Map<String, String> missed = new LinkedHashMap<>();
        missed.put("tier", step.tier().toString());
        missed.put("reason", step.reason());
        return missed;
    }

    private static List<Map<String, Object>> programs(StackMount mount) throws BpfException {
        List<Map<String, Object>> programs = new ArrayList<>();
        for (ProgramInfo info : mount.programs()) {
            Map<String, Object> program = new LinkedHashMap<>();
            program.put("name", info.name());
            program.put("id", info.id());
            program.put("tag", info.tag());
            program.put("jited_bytes", info.jitedBytes());
            program.put("verified_instructions", info.verifiedInstructions());
            programs.add(program);
        }
        return programs;
    }

    private static Map<String, Counts> kernel(KernelCounters counters) {
        return new TreeMap<>(counters.byOpcode());
    }
}
