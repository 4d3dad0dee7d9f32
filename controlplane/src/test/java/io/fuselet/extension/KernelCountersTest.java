// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelCountersTest {
    private static final String HEADER = "opcode pass reply redirect error refused bound unbound";

    @Test
    void namesOpcodes() throws Exception {
        KernelCounters counters = KernelCounters.parse(List.of(HEADER, "1 7 0 0 0 0 6 1", "3 0 1 5000 2 3 0 0"));

        assertThat(counters.of("LOOKUP")).isEqualTo(new Counts(7, 0, 0, 0, 0, 6, 1));
        assertThat(counters.of("GETATTR").inKernel()).isEqualTo(5003);
        assertThat(counters.of("OPEN")).isEqualTo(Counts.NONE);
    }

    @Test
    void followsTheHeader() throws Exception {
        KernelCounters counters = KernelCounters.parse(List.of("opcode redirect later pass", "14 5 99 2"));

        assertThat(counters.of("OPEN")).isEqualTo(new Counts(2, 0, 5, 0, 0, 0, 0));
    }

    @Test
    void subtracts() throws Exception {
        KernelCounters before = KernelCounters.parse(List.of(HEADER, "3 1 0 10 0 0 0 0", "14 4 0 0 0 0 0 0"));
        KernelCounters after = KernelCounters.parse(List.of(HEADER, "3 1 0 30 0 0 0 0", "14 4 0 0 0 0 0 0"));

        assertThat(after.since(before).byOpcode()).containsOnlyKeys("GETATTR");
        assertThat(after.since(before).of("GETATTR").redirect()).isEqualTo(20);
    }

    @Test
    void refusesWhatIsNoTable() {
        assertThatThrownBy(() -> KernelCounters.parse(List.of())).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> KernelCounters.parse(List.of(HEADER, "3 1 2"))).hasMessageContaining("3 numbers under 8 headings");
        assertThatThrownBy(() -> KernelCounters.parse(List.of(HEADER, "3 1 0 x 0 0 0 0"))).hasMessageContaining("not a number");
    }
}
