// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfMap;
import io.fuselet.bpf.FuseBpf;
import io.fuselet.bpf.ObjectSpec;
import io.fuselet.fuse.Opcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How long callers waited for the daemon, as {@code bpf/trace.bpf.c} counts it.
 *
 * @param byOpcode by opcode name, 64 counts: number n is of waits of 2<sup>n</sup> to 2<sup>n+1</sup>-1 ns
 */
public record Latencies(Map<String, long[]> byOpcode) {
    static final String EXTENSION = "trace";
    static final String MAP = "latency";
    private static final int BUCKETS = 64;

    /** The extension that measures, to stand in front of all others. */
    static Extension extension(Path objects) throws BpfException {
        ObjectSpec object = Extension.read(objects.resolve(EXTENSION + ".bpf.o"), Timeouts.NONE).object();
        return new Extension(object, 0, Timeouts.NONE);
    }

    /** The extension, behind the one that measures if it is wanted. */
    static List<Extension> inFront(boolean wanted, Path objects, Extension extension) throws BpfException {
        return wanted ? List.of(extension(objects), extension) : List.of(extension);
    }

    static Latencies read(BpfMap map) throws BpfException {
        Map<String, long[]> read = new LinkedHashMap<>();
        for (int opcode = 0; opcode < FuseBpf.OPCODES; opcode++) {
            Optional<byte[]> value = map.lookup(BpfMap.u32(opcode));
            long[] counts = value.isPresent() ? counts(value.get()) : new long[BUCKETS];
            if (Arrays.stream(counts).sum() > 0) {
                read.put(Opcode.name(opcode), counts);
            }
        }
        return new Latencies(read);
    }

    private static long[] counts(byte[] value) {
        long[] counts = new long[BUCKETS];
        ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).asLongBuffer().get(counts);
        return counts;
    }

    /**
     * The time within which a part of all waits were over, rounded up to what the histogram can tell.
     *
     * @param part above 0, up to 1
     * @return nanoseconds, 0 where there were no waits
     */
    static long percentile(long[] counts, double part) {
        long wanted = (long) Math.ceil(Arrays.stream(counts).sum() * part);
        long seen = 0;
        for (int bucket = 0; bucket < BUCKETS && wanted > 0; bucket++) {
            seen += counts[bucket];
            if (seen >= wanted) {
                return bucket >= BUCKETS - 2 ? Long.MAX_VALUE : (2L << bucket) - 1;
            }
        }
        return 0;
    }

    /** In the shape of its JSON: {@code {"LOOKUP": {"count": 12, "p50_ns": 32767, "p90_ns": 65535, "p99_ns": 131071}}}. */
    public Map<String, Map<String, Long>> toMap() {
        Map<String, Map<String, Long>> all = new LinkedHashMap<>();
        byOpcode.forEach((opcode, counts) -> {
            Map<String, Long> each = new LinkedHashMap<>();
            each.put("count", Arrays.stream(counts).sum());
            each.put("p50_ns", percentile(counts, 0.5));
            each.put("p90_ns", percentile(counts, 0.9));
            each.put("p99_ns", percentile(counts, 0.99));
            all.put(opcode, each);
        });
        return all;
    }
}
