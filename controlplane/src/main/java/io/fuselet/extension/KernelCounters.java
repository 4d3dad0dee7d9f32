// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.fuse.Opcode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The kernel's counters of one FUSE connection: the file {@code bpf} in its fusectl directory, empty while no program is attached.
 *
 * <p>Its first line names the columns, each further line is one opcode's numbers in decimal; columns that this class does not know are
 * skipped.
 *
 * @param byOpcode counts by opcode name, opcodes without any left out
 */
public record KernelCounters(Map<String, Counts> byOpcode) {
    /** Where fusectl is mounted. */
    public static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

    public KernelCounters {
        byOpcode = Map.copyOf(byOpcode);
    }

    /**
     * @param connection minor number of the mount's st_dev
     * @return empty if no program is attached to that connection
     */
    public static Optional<KernelCounters> read(long connection) throws IOException {
        List<String> lines = CounterTable.lines(connection, "bpf");
        return lines.isEmpty() ? Optional.empty() : Optional.of(parse(lines));
    }

    public Counts of(String opcode) {
        return byOpcode.getOrDefault(opcode, Counts.NONE);
    }

    /** What was counted since {@code earlier}. */
    public KernelCounters since(KernelCounters earlier) {
        Map<String, Counts> difference = new LinkedHashMap<>();
        byOpcode.forEach((opcode, counts) -> difference.put(opcode, counts.since(earlier.of(opcode))));
        difference.values().removeIf(Counts.NONE::equals);
        return new KernelCounters(difference);
    }

    static KernelCounters parse(List<String> lines) throws IOException {
        Map<String, Counts> counts = new LinkedHashMap<>();
        for (Map<String, Long> row : CounterTable.rows(lines)) {
            counts.put(Opcode.name(row.getOrDefault("opcode", -1L).intValue()), counts(row));
        }
        return new KernelCounters(counts);
    }

    private static Counts counts(Map<String, Long> row) {
        return new Counts(
                row.getOrDefault("pass", 0L),
                row.getOrDefault("reply", 0L),
                row.getOrDefault("redirect", 0L),
                row.getOrDefault("error", 0L),
                row.getOrDefault("refused", 0L),
                row.getOrDefault("bound", 0L),
                row.getOrDefault("unbound", 0L));
    }
}
