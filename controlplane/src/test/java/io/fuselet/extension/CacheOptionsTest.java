// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheOptionsTest {
    private static final Set<CacheKind> ALL = EnumSet.allOf(CacheKind.class);

    /** Slabs of 512 and 1024 bytes hold the largest entry of each map. */
    @ParameterizedTest
    @ValueSource(longs = {CacheOptions.LEAST_MEMORY, 10_000, CacheOptions.DEFAULT_MEMORY, CacheOptions.MOST_MEMORY})
    void entriesStayWithinTheMemory(long memory) {
        var entries = options(ALL, Duration.ZERO, memory).entries();

        assertThat(entries.get("answers")).isPositive();
        assertThat(entries.get("texts")).isPositive();
        assertThat(entries.get("answers") * 512L + entries.get("texts") * 1024L).isBetween(memory / 2, memory);
    }

    @Test
    void withoutGrantWhatHasNoTimeoutIsNotServed() {
        assertThat(options(EnumSet.of(CacheKind.LOOKUP, CacheKind.READLINK), Duration.ZERO, 1 << 20).notServed()).containsExactly(CacheKind.READLINK);
        assertThat(options(ALL, Duration.ofSeconds(1), 1 << 20).notServed()).isEmpty();
    }

    @Test
    void eachKindHasItsOwnFlag() {
        assertThat(options(ALL, Duration.ZERO, 1 << 20).flags()).isEqualTo(0x7f);
        assertThat(options(EnumSet.of(CacheKind.GETATTR, CacheKind.ACCESS), Duration.ZERO, 1 << 20).flags()).isEqualTo(0x42);
    }

    private static CacheOptions options(Set<CacheKind> kinds, Duration ttl, long memory) {
        return new CacheOptions(kinds, ttl, memory, true);
    }
}
