// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.extension.CacheCounts;
import io.fuselet.extension.Counts;
import io.fuselet.extension.KernelCounters;
import io.fuselet.extension.Latencies;
import io.fuselet.extension.Pins;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How an attachment is doing, in the shape of its JSON:
 *
 * <pre>
 * {"connection": 31, "uid": 0, "extension": "cache",
 *  "maps": {"answers": {"entries": 12, "max_entries": 114688, "hits": 90, "misses": 12, "fills": 12, "refused": 0, "evicted": 0}, ...},
 *  "kernel": {"GETATTR": {"pass": 4, "reply": 30, ...}}, "latency": null}
 * </pre>
 *
 * @param owner uid of whoever asked for it
 */
public record AttachmentStatus(int connection, int owner, String extension, Map<String, CacheCounts> maps, Map<String, Counts> requests,
        Optional<Latencies> latencies) {
    private static final String ROW = "%n  %-12s %10d %10d %12d %12d %12d %10d %10d";

    /** Of an attachment that is alive. */
    public static AttachmentStatus read(Pins pins) throws IOException {
        Map<Long, String> names = pins.mapNames();
        Map<String, CacheCounts> maps = new TreeMap<>();
        for (CacheCounts counts : CacheCounts.read(pins.connection())) {
            maps.put(names.getOrDefault(counts.map(), "map " + counts.map()), counts);
        }
        Map<String, Counts> requests = KernelCounters.read(pins.connection()).map(KernelCounters::byOpcode).orElse(Map.of());
        return new AttachmentStatus(pins.connection(), pins.owner(), pins.extension(), maps, new TreeMap<>(requests),
                pins.latencies());
    }

    public String toText() {
        StringBuilder text = new StringBuilder(extension + " attached");
        if (!maps.isEmpty()) {
            text.append(String.format("%n  %-12s %10s %10s %12s %12s %12s %10s %10s", "map", "entries", "of", "hits", "misses", "fills",
                    "refused", "evicted"));
        }
        maps.forEach((name, map) -> text.append(String.format(
                ROW, name, map.entries(), map.maxEntries(), map.hits(), map.misses(), map.fills(), map.refused(), map.evicted())));
        text.append(String.format("%n  %-16s %12s %12s", "request", "daemon", "kernel"));
        requests.forEach((opcode, counts) -> text.append(String.format("%n  %-16s %12d %12d", opcode, counts.pass(), counts.inKernel())));
        return text.toString();
    }

    public Map<String, Object> toMap() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("connection", connection);
        all.put("uid", Integer.toUnsignedLong(owner));
        all.put("extension", extension);
        Map<String, Object> tables = new LinkedHashMap<>();
        maps.forEach((name, map) -> tables.put(name, table(map)));
        all.put("maps", tables);
        all.put("kernel", requests);
        all.put("latency", latencies.map(Latencies::toMap).orElse(null));
        return all;
    }

    private static Map<String, Long> table(CacheCounts map) {
        Map<String, Long> table = new LinkedHashMap<>();
        table.put("entries", map.entries());
        table.put("max_entries", map.maxEntries());
        table.put("hits", map.hits());
        table.put("misses", map.misses());
        table.put("fills", map.fills());
        table.put("refused", map.refused());
        table.put("evicted", map.evicted());
        return table;
    }
}
