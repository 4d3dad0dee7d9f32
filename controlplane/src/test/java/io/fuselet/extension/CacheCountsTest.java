// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class CacheCountsTest {
    private static final String HEADER = "map entries max_entries hits misses fills refused evicted";

    @Test
    void readsALineForEachMap() throws Exception {
        assertThat(CacheCounts.parse(List.of(HEADER, "7 1 2 3 4 5 6 7", "9 0 1 0 0 0 0 0"))).containsExactly(
                new CacheCounts(7, 1, 2, 3, 4, 5, 6, 7), new CacheCounts(9, 0, 1, 0, 0, 0, 0, 0));
    }

    @Test
    void columnsAreFoundByName() throws Exception {
        assertThat(CacheCounts.parse(List.of("hits map later", "8 7 1"))).containsExactly(new CacheCounts(7, 0, 0, 8, 0, 0, 0, 0));
    }

    @Test
    void aTornLineIsNotRead() {
        assertThatThrownBy(() -> CacheCounts.parse(List.of(HEADER, "7 1 2"))).isInstanceOf(IOException.class).hasMessageContaining("3 numbers");
    }
}
