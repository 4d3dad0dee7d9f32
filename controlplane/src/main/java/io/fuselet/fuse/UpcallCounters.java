// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** How often the daemon was asked, by opcode. Counting and reading may happen on any thread. */
final class UpcallCounters {
    /** One more than the opcodes, for numbers beyond them. */
    private final LongAdder[] counts = new LongAdder[Opcode.COUNT + 1];

    UpcallCounters() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void count(int opcode) {
        counts[opcode >= 0 && opcode < Opcode.COUNT ? opcode : Opcode.COUNT].increment();
    }

    /** Counts that are not 0, by {@link Opcode#name(int)}. */
    Map<String, Long> snapshot() {
        Map<String, Long> snapshot = new TreeMap<>();
        for (int opcode = 0; opcode < counts.length; opcode++) {
            long count = counts[opcode].sum();
            if (count != 0) {
                snapshot.merge(Opcode.name(opcode), count, Long::sum);
            }
        }
        return snapshot;
    }
}
