// SPDX-License-Identifier: Apache-2.0
package io.fuselet.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;

/** The histogram of {@code bpf/trace.bpf.c} as one of Prometheus: number n is of waits of 2<sup>n</sup> to 2<sup>n+1</sup>-1 ns. */
final class WaitBuckets {
    /** 2<sup>10</sup> ns, a microsecond: nothing passes through a daemon faster. */
    private static final int LEAST = 10;
    /** 2<sup>36</sup> ns, a minute. */
    private static final int MOST = 36;

    private WaitBuckets() {}

    static ClassicHistogramBuckets of(long[] counts) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        buckets.bucket(seconds(LEAST), sum(counts, 0, LEAST));
        for (int power = LEAST; power < MOST; power++) {
            buckets.bucket(seconds(power + 1), counts[power]);
        }
        return buckets.bucket(Double.POSITIVE_INFINITY, sum(counts, MOST, counts.length)).build();
    }

    private static double seconds(int power) {
        return (1L << power) / 1e9;
    }

    private static long sum(long[] counts, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += counts[i];
        }
        return sum;
    }
}
