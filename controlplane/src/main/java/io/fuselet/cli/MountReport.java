// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.ProgramInfo;
import io.fuselet.bpf.VerifierException;
import io.fuselet.broker.Json;
import io.fuselet.extension.Decision;
import io.fuselet.extension.MissedStep;
import io.fuselet.extension.StackMount;
import io.fuselet.extension.StackMountOptions;
import io.fuselet.extension.Tier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What {@code mount} says once it is mounted. */
final class MountReport {
    private final boolean json;

    MountReport(boolean json) {
        this.json = json;
    }

    String of(StackMountOptions options, StackMount mount) throws IOException {
        Path log = keepLog(mount.refusal());
        return json
                ? Json.line(toMap(Status.of(options, mount), log))
                : toText(options.source() + " on " + options.mountPoint(), mount.decision(), mount.programs(), log);
    }

    static String toText(String what, Decision decision, List<ProgramInfo> programs, Path verifierLog) {
        StringBuilder text = new StringBuilder(what + ": " + decision.tier() + " tier");
        for (MissedStep step : decision.missed()) {
            text.append("\n  not ").append(step);
            if (verifierLog != null && step.tier() == Tier.EXTENSION) {
                text.append(" (whole log: ").append(verifierLog).append(')');
            }
        }
        if (!programs.isEmpty()) {
            text.append("\n  ").append(describe(programs));
        }
        return text.toString();
    }

    private static String describe(List<ProgramInfo> programs) {
        String interpreted = programs.stream().filter(program -> !program.jitCompiled()).map(ProgramInfo::name).collect(Collectors.joining(", "));
        String number = programs.size() == 1 ? "1 program" : programs.size() + " programs";
        if (interpreted.isEmpty()) {
            int bytes = programs.stream().mapToInt(ProgramInfo::jitedBytes).sum();
            return number + ", JIT-compiled to " + bytes + " bytes";
        }
        return number + ", interpreted: " + interpreted;
    }

    /** @param verifierLog null if there is none */
    static Map<String, Object> toMap(Status status, Path verifierLog) {
        Map<String, Object> all = status.terms();
        if (verifierLog != null) {
            all.put("verifier_log", verifierLog.toString());
        }
        return all;
    }

    /** Puts the verifier's log where the user can read it after this process has ended. */
    private static Path keepLog(Optional<VerifierException> refusal) throws IOException {
        if (refusal.isEmpty()) {
            return null;
        }
        Path log = Files.createTempFile("fuselet-verifier-", ".log");
        return Files.writeString(log, refusal.get().getMessage() + "\n\n" + refusal.get().log());
    }
}
