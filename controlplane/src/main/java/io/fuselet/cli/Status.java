// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.ProgramInfo;
import io.fuselet.extension.Decision;
import io.fuselet.extension.KernelCounters;
import io.fuselet.extension.Latencies;
import io.fuselet.extension.MissedStep;
import io.fuselet.extension.StackMount;
import io.fuselet.extension.StackMountOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 * {@code policy} is null for a mount without one. {@code upcalls} are this process's own count of the requests that it read, {@code kernel}
 * the kernel's counters, null where no program is attached. {@code latency} is null unless it is measured ({@code --trace}).
 */
record Status(Path source, Path mountPoint, int connection, long pid, Decision decision, List<ProgramInfo> programs, Optional<Policed> policy,
        Map<String, Long> upcalls, Optional<KernelCounters> kernel, Optional<Latencies> latencies) {
    /** @param lostEvents audit events that were not kept */
    record Policed(int rules, long lostEvents) {
        private Map<String, Object> toMap() {
            Map<String, Object> policy = new LinkedHashMap<>();
            policy.put("rules", rules);
            policy.put("lost_events", lostEvents);
            return policy;
        }
    }

    static Status of(StackMountOptions options, StackMount mount) throws IOException {
        return new Status(options.source(), options.mountPoint(), mount.connectionId(), ProcessHandle.current().pid(), mount.decision(),
                mount.programs(), policed(mount), mount.upcalls(), mount.kernelCounters(), mount.latencies());
    }

    private static Optional<Policed> policed(StackMount mount) throws BpfException {
        if (mount.policy().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Policed(mount.policy().get().policy().rules().size(), mount.policy().get().lostEvents()));
    }

    Map<String, Object> toMap() {
        Map<String, Object> status = terms();
        status.put("upcalls", new TreeMap<>(upcalls));
        status.put("kernel", kernel.map(counters -> new TreeMap<>(counters.byOpcode())).orElse(null));
        status.put("latency", latencies.map(Latencies::toMap).orElse(null));
        return status;
    }

    /** What is so from the start, without what has been counted since. */
    Map<String, Object> terms() {
        Map<String, Object> terms = new LinkedHashMap<>();
        terms.put("source", source.toString());
        terms.put("mountpoint", mountPoint.toString());
        terms.put("connection", connection);
        terms.put("pid", pid);
        terms.put("tier", decision.tier().toString());
        terms.put("missed", decision.missed().stream().map(Status::missed).toList());
        terms.put("programs", programs.stream().map(Status::program).toList());
        terms.put("policy", policy.map(Policed::toMap).orElse(null));
        return terms;
    }

    private static Map<String, String> missed(MissedStep step) {
        Map<String, String> missed = new LinkedHashMap<>();
        missed.put("tier", step.tier().toString());
        missed.put("reason", step.reason());
        return missed;
    }

    private static Map<String, Object> program(ProgramInfo info) {
        Map<String, Object> program = new LinkedHashMap<>();
        program.put("name", info.name());
        program.put("id", info.id());
        program.put("tag", info.tag());
        program.put("jited_bytes", info.jitedBytes());
        program.put("verified_instructions", info.verifiedInstructions());
        return program;
    }
}
