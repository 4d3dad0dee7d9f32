// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.Json;
import io.fuselet.extension.CacheCounts;
import io.fuselet.extension.CachePins;
import io.fuselet.extension.Counts;
import io.fuselet.extension.KernelCounters;
import io.fuselet.extension.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How an attached cache is doing, in the shape of its JSON:
 *
 * <pre>
 * {"mountpoint": "/mnt", "connection": 31, "extension": "cache",
 *  "maps": {"answers": {"entries": 12, "max_entries": 114688, "hits": 90, "misses": 12, "fills": 12, "refused": 0, "evicted": 0}, ...},
 *  "kernel": {"GETATTR": {"pass": 4, "reply": 30, ...}}}
 * </pre>
 */
record CacheStatus(Path mountPoint, int connection, Map<String, CacheCounts> maps, Map<String, Counts> requests) {
    private static final String ROW = "%n  %-12s %10d %10d %12d %12d %12d %10d %10d";

    /** Empty unless {@code attach} has put a cache on that connection; only root can tell. */
    static Optional<CacheStatus> read(Path mountPoint, int connection) throws IOException {
        if (!Privileges.ofThisThread().sysAdmin()) {
            return Optional.empty();
        }
        CachePins.removeStale();
        CachePins pins = CachePins.of(connection);
        if (!pins.alive()) {
            return Optional.empty();
        }
        Map<Long, String> names = pins.mapNames();
        Map<String, CacheCounts> maps = new TreeMap<>();
        for (CacheCounts counts : CacheCounts.read(connection)) {
            maps.put(names.getOrDefault(counts.map(), "map " + counts.map()), counts);
        }
        Map<String, Counts> requests = KernelCounters.read(connection).map(KernelCounters::byOpcode).orElse(Map.of());
        return Optional.of(new CacheStatus(mountPoint, connection, maps, new TreeMap<>(requests)));
    }

    String toText() {
        StringBuilder text = new StringBuilder(mountPoint + ": cache attached");
        text.append(String.format("%n  %-12s %10s %10s %12s %12s %12s %10s %10s", "map", "entries", "of", "hits", "misses", "fills", "refused",
                "evicted"));
        maps.forEach((name, map) -> text.append(String.format(
                ROW, name, map.entries(), map.maxEntries(), map.hits(), map.misses(), map.fills(), map.refused(), map.evicted())));
        text.append(String.format("%n  %-16s %12s %12s", "request", "daemon", "kernel"));
        requests.forEach((opcode, counts) -> text.append(String.format("%n  %-16s %12d %12d", opcode, counts.pass(), counts.inKernel())));
        return text.toString();
    }

    String toJson() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("mountpoint", mountPoint.toString());
        all.put("connection", connection);
        all.put("extension", "cache");
        Map<String, Object> tables = new LinkedHashMap<>();
        maps.forEach((name, map) -> tables.put(name, table(map)));
        all.put("maps", tables);
        all.put("kernel", requests);
        return Json.line(all);
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
