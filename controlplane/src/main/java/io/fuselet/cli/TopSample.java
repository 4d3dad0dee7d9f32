// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.broker.RpcClient;
import io.fuselet.broker.RpcException;
import io.fuselet.broker.Sockets;
import io.fuselet.extension.KernelCounters;
import io.fuselet.extension.Latencies;
import io.fuselet.extension.Pins;
import io.fuselet.extension.Privileges;
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
 * @param waits for the daemon, by mount and opcode, as {@link Latencies#toMap} has them
 */
record TopSample(long nanos, Map<String, KernelCounters> mounts, Map<String, Map<String, Map<String, Long>>> waits) {
    private static final TypeReference<Map<String, Map<String, Long>>> WAITS = new TypeReference<>() { };

    static TopSample of(List<MountTable.Entry> mounts) throws IOException {
        Map<String, KernelCounters> counters = new LinkedHashMap<>();
        Map<String, Map<String, Map<String, Long>>> waits = new LinkedHashMap<>();
        for (MountTable.Entry mount : mounts) {
            Optional<KernelCounters> read = KernelCounters.read(mount.minor());
            if (read.isPresent()) {
                counters.put(mount.point(), read.get());
                waits.put(mount.point(), waits(mount.minor()));
            }
        }
        return new TopSample(System.nanoTime(), counters, waits);
    }

    /** Of an attachment by its pins, of a mount by asking its process; empty if they are not measured. */
    private static Map<String, Map<String, Long>> waits(int connection) throws IOException {
        if (Privileges.ofThisThread().sysAdmin() && Pins.of(connection).alive()) {
            return Pins.of(connection).latencies().map(Latencies::toMap).orElse(Map.of());
        }
        try (RpcClient client = RpcClient.connect(Sockets.ofMount(connection))) {
            JsonNode latency = client.call("status", Map.of()).path("latency");
            return latency.isObject() ? new ObjectMapper().convertValue(latency, WAITS) : Map.of();
        } catch (IOException | RpcException e) {
            // Another user's mount, or another program's.
            return Map.of();
        }
    }

    /** What was done between an earlier time and this one. A mount that is new counts from nothing. */
    TopTable since(TopSample earlier) {
        double seconds = (nanos - earlier.nanos) / 1e9;
        List<TopTable.Row> rows = new ArrayList<>();
        mounts.forEach((mount, counters) -> {
            KernelCounters before = earlier.mounts.getOrDefault(mount, new KernelCounters(Map.of()));
            new TreeMap<>(counters.since(before).byOpcode()).forEach((opcode, counts) ->
                    rows.add(new TopTable.Row(mount, opcode, rate(counts.inKernel(), seconds), rate(counts.pass(), seconds),
                            waits.getOrDefault(mount, Map.of()).getOrDefault(opcode, Map.of()))));
        });
        return new TopTable(seconds, List.copyOf(mounts.keySet()), rows);
    }

    /** Counters begin anew when something else is attached. */
    private static double rate(long number, double seconds) {
        return Math.max(0, number) / seconds;
    }
}
