// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The requests in hand, of all threads, that an INTERRUPT may mean. */
final class Interrupts {
    private final List<Interruption> inHand = new CopyOnWriteArrayList<>();

    void add(Interruption interruption) {
        inHand.add(interruption);
    }

    void remove(Interruption interruption) {
        inHand.remove(interruption);
    }

    /** Interrupts request {@code unique}; answers whether it is in hand. */
    boolean interrupt(long unique) {
        for (Interruption each : inHand) {
            if (each.interrupt(unique)) {
                return true;
            }
        }
        return false;
    }

    /** Interrupts whatever is in hand: the connection has ended. */
    void interruptAll() {
        inHand.forEach(Interruption::interruptCurrent);
    }
}
