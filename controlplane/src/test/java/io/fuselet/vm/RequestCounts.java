// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.extension.Counts;
import io.fuselet.extension.KernelCounters;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Requests of a mount by opcode, counted on both sides: by the daemon, which has received them, and by the kernel, which has decided
 * about them.
 */
record RequestCounts(Map<String, Long> daemon, KernelCounters kernel) {
    /** Until now. RELEASE is sent without anybody waiting for it, so the counts are taken once they stand still. */
    static RequestCounts of(TieredMount mount) throws InterruptedException {
        RequestCounts[] last = new RequestCounts[2];
        Waiting.until(() -> {
            last[0] = last[1];
            last[1] = now(mount);
            return last[1].equals(last[0]);
        }, "the counters do not come to rest");
        return last[1];
    }

    private static RequestCounts now(TieredMount mount) {
        try {
            return new RequestCounts(Map.copyOf(mount.upcalls()), mount.kernel());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    RequestCounts since(RequestCounts earlier) {
        Map<String, Long> difference = new TreeMap<>();
        daemon.forEach((opcode, count) -> {
            long more = count - earlier.upcalls(opcode);
            if (more != 0) {
                difference.put(opcode, more);
            }
        });
        return new RequestCounts(difference, kernel.since(earlier.kernel));
    }

    long upcalls(String opcode) {
        return daemon.getOrDefault(opcode, 0L);
    }

    Counts kernel(String opcode) {
        return kernel.of(opcode);
    }

    /** What the kernel passed to the daemon. */
    Map<String, Long> passed() {
        Map<String, Long> passed = new TreeMap<>();
        kernel.byOpcode().forEach((opcode, counts) -> {
            if (counts.pass() != 0) {
                passed.put(opcode, counts.pass());
            }
        });
        return passed;
    }
}
