// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What lies where in the program array. A slot without a handler of its own has that of the next slot with one, so that whoever jumps
 * into a slot, the entry program or {@code fuselet_next()}, needs one jump to the next extension that cares.
 */
final class SlotTable {
    private SlotTable() {}

    /**
     * @param slots the handlers that each slot has of its own
     * @return handlers by index in the program array
     */
    static <P> Map<Integer, P> fill(List<Map<HandlerSection, P>> slots) {
        Map<Integer, P> table = new TreeMap<>();
        Map<HandlerSection, P> next = new HashMap<>();
        for (int slot = slots.size() - 1; slot >= 0; slot--) {
            next.putAll(slots.get(slot));
            for (Map.Entry<HandlerSection, P> handler : next.entrySet()) {
                table.put(handler.getKey().index(slot), handler.getValue());
            }
        }
        return table;
    }
}
