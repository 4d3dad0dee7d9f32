// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.extension.KernelCounters;
import io.fuselet.fuse.MountTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The kernel's counters of all mounts that have any, at one time.
 *
 * @param nanos {@link System#nanoTime} of it
 */
record TopSample(long nanos, Map<String, KernelCounters> mounts) {
    static TopSample of(List<MountTable.Entry> mounts) throws IOException {
        Map<String, KernelCounters> counters = new LinkedHashMap<>();
        for (MountTable.Entry mount : mounts) {
            Optional<KernelCounters> read = KernelCounters.read(mount.minor());
            read.ifPresent(each -> counters.put(mount.point(), each));
        }
        return new TopSample(System.nanoTime(), counters);
    }

    /** What was done between an earlier time and this one. A mount that is new counts from nothing. */
    TopTable since(TopSample earlier) {
        double seconds = (nanos - earlier.nanos) / 1e9;
        List<TopTable.Row> rows = new ArrayList<>();
        mounts.forEach((mount, counters) -> {
            KernelCounters before = earlier.mounts.getOrDefault(mount, new KernelCounters(Map.of()));
            new TreeMap<>(counters.since(before).byOpcode()).forEach((opcode, counts) ->
                    rows.add(new TopTable.Row(mount, opcode, rate(counts.inKernel(), seconds), rate(counts.pass(), seconds))));
        });
        return new TopTable(seconds, List.copyOf(mounts.keySet()), rows);
    }

    /** Counters begin anew when something else is attached. */
    private static double rate(long number, double seconds) {
        return Math.max(0, number) / seconds;
    }
}
