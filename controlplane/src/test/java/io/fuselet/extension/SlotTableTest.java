// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.bpf.FuseBpf.Stage;
import io.fuselet.fuse.Opcode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SlotTableTest {
    private static final HandlerSection OPEN = new HandlerSection(Stage.REQUEST, Opcode.OPEN);
    private static final HandlerSection OPENED = new HandlerSection(Stage.REPLIED, Opcode.OPEN);
    private static final HandlerSection GETATTR = new HandlerSection(Stage.REQUEST, Opcode.GETATTR);

    @Test
    void everyHandlerLiesInItsOwnSlot() {
        Map<Integer, String> table = SlotTable.fill(List.of(Map.of(OPEN, "first"), Map.of(OPEN, "second")));

        assertThat(table).containsOnly(Map.entry(OPEN.index(0), "first"), Map.entry(OPEN.index(1), "second"));
    }

    @Test
    void emptySlotsHaveTheHandlerThatComesNext() {
        Map<Integer, String> table = SlotTable.fill(List.of(Map.of(GETATTR, "first"), Map.of(), Map.of(OPEN, "third"), Map.of(GETATTR, "fourth")));

        assertThat(table).containsOnly(
                Map.entry(OPEN.index(0), "third"), Map.entry(OPEN.index(1), "third"), Map.entry(OPEN.index(2), "third"),
                Map.entry(GETATTR.index(0), "first"),
                Map.entry(GETATTR.index(1), "fourth"), Map.entry(GETATTR.index(2), "fourth"), Map.entry(GETATTR.index(3), "fourth"));
    }

    @Test
    void nothingLiesBehindTheLastHandler() {
        assertThat(SlotTable.fill(List.of(Map.of(OPEN, "first"), Map.of()))).containsOnlyKeys(OPEN.index(0));
    }

    @Test
    void theStagesAreApart() {
        assertThat(SlotTable.fill(List.of(Map.of(OPEN, "asks"), Map.of(OPENED, "sees"))))
                .containsOnly(Map.entry(OPEN.index(0), "asks"), Map.entry(OPENED.index(0), "sees"), Map.entry(OPENED.index(1), "sees"));
    }
}
