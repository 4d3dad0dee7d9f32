// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What became of one map of replies, from the file {@code bpf_cache} in the fusectl directory of its connection.
 *
 * @param map id of the map
 * @param entries there are now
 * @param maxEntries there can be
 * @param hits look-ups that found a true entry
 * @param misses look-ups that found none
 * @param fills replies taken in
 * @param refused replies not taken in: no timeout grants it, or something changed while the daemon answered
 * @param evicted entries that made room for others
 */
public record CacheCounts(long map, long entries, long maxEntries, long hits, long misses, long fills, long refused, long evicted) {
    /** Of all maps that a connection owns, none if no cache is attached to it. */
    public static List<CacheCounts> read(long connection) throws IOException {
        List<String> lines = CounterTable.lines(connection, "bpf_cache");
        return lines.isEmpty() ? List.of() : parse(lines);
    }

    static List<CacheCounts> parse(List<String> lines) throws IOException {
        List<CacheCounts> counts = new ArrayList<>();
        for (Map<String, Long> row : CounterTable.rows(lines)) {
            counts.add(new CacheCounts(
                    row.getOrDefault("map", 0L),
                    row.getOrDefault("entries", 0L),
                    row.getOrDefault("max_entries", 0L),
                    row.getOrDefault("hits", 0L),
                    row.getOrDefault("misses", 0L),
                    row.getOrDefault("fills", 0L),
                    row.getOrDefault("refused", 0L),
                    row.getOrDefault("evicted", 0L)));
        }
        return counts;
    }
}
