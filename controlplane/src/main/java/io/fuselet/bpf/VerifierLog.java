// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.util.List;
import java.util.regex.Pattern;

/** What the kernel's verifier wrote about a program that it refused. */
public final class VerifierLog {
    /** Statistics and markers that the verifier writes after its complaint (print_verification_stats in kernel/bpf/verifier.c). */
    private static final Pattern EPILOGUE =
            Pattern.compile("processed \\d+ insns.*|verification time .*|stack depth .*|-- (BEGIN|END) .*--|max_states_per_insn .*");
    /** Instructions, register states and source lines: what the verifier looked at, not what it said. */
    private static final Pattern TRACE = Pattern.compile(
            "\\d+: .*|from \\d+ to \\d+.*|;.*|Live regs before insn:|Validating .*|(last_idx|first_idx|regs=|parent |mark_precise:|frame\\d+:|cur state:|old state:|R\\d+(_\\w+)?=|func#).*");

    private VerifierLog() {}

    /** The last line that states a reason; the last line of any kind if none does; empty for an empty log. */
    public static String summary(String log) {
        List<String> lines = log.lines().map(String::strip).filter(line -> !line.isEmpty() && !EPILOGUE.matcher(line).matches()).toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (!TRACE.matcher(lines.get(i)).matches()) {
                return lines.get(i);
            }
        }
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }
}
