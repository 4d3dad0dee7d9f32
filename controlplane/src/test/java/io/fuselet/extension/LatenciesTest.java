// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void aPercentileIsTheUpperEndOfItsBucket() {
        long[] counts = new long[64];
        counts[10] = 50;
        counts[14] = 49;
        counts[20] = 1;
        assertThat(Latencies.percentile(counts, 0.5)).isEqualTo(2047);
        assertThat(Latencies.percentile(counts, 0.51)).isEqualTo(32_767);
        assertThat(Latencies.percentile(counts, 0.99)).isEqualTo(32_767);
        assertThat(Latencies.percentile(counts, 1)).isEqualTo(2_097_151);
    }

    @Test
    void theEndsOfTheHistogram() {
        assertThat(Latencies.percentile(new long[64], 0.99)).as("no waits").isZero();
        long[] last = new long[64];
        last[63] = 1;
        assertThat(Latencies.percentile(last, 0.5)).isEqualTo(Long.MAX_VALUE);
    }
}
