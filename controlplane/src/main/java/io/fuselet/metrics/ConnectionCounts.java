// SPDX-License-Identifier: Apache-2.0
package io.fuselet.metrics;

import io.fuselet.extension.CacheCounts;
import io.fuselet.extension.Counts;
import io.fuselet.extension.KernelCounters;
import io.fuselet.extension.Latencies;
import io.fuselet.extension.Pins;
import io.fuselet.fuse.MountTable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the kernel has counted on one connection since programs were attached to it.
 *
 * @param mountPoint empty if it is mounted only in other mount namespaces
 * @param requests by opcode
 * @param maps of replies, by name
 * @param waits for the daemon, if they are measured
 */
record ConnectionCounts(int connection, String mountPoint, Map<String, Counts> requests, Map<String, CacheCounts> maps, Optional<Latencies> waits) {
    /** Of all connections with programs. */
    static List<ConnectionCounts> readAll() throws IOException {
        Map<Integer, String> points = new HashMap<>();
        MountTable.read().fuse().forEach(mount -> points.putIfAbsent(mount.minor(), mount.point()));
        List<ConnectionCounts> all = new ArrayList<>();
        try (DirectoryStream<Path> connections = Files.newDirectoryStream(KernelCounters.CONNECTIONS)) {
            for (Path directory : connections) {
                int connection = Integer.parseInt(directory.getFileName().toString());
                Optional<KernelCounters> requests = KernelCounters.read(connection);
                if (requests.isPresent()) {
                    all.add(read(connection, points.getOrDefault(connection, ""), requests.get()));
                }
            }
        }
        return all;
    }

    private static ConnectionCounts read(int connection, String mountPoint, KernelCounters requests) throws IOException {
        Pins pins = Pins.of(connection);
        boolean pinned = pins.alive();
        Map<Long, String> names = pinned ? pins.mapNames() : Map.of();
        Map<String, CacheCounts> maps = new LinkedHashMap<>();
        for (CacheCounts map : CacheCounts.read(connection)) {
            maps.put(names.getOrDefault(map.map(), Long.toString(map.map())), map);
        }
        return new ConnectionCounts(connection, mountPoint, requests.byOpcode(), maps, pinned ? pins.latencies() : Optional.empty());
    }
}
