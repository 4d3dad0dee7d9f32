// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import java.util.function.BooleanSupplier;

/** Waits for a condition, with a deadline. */
final class Waiting {
    private static final long DEADLINE_NANOS = 30_000_000_000L;

    private Waiting() {
    }

    static void until(BooleanSupplier condition, String otherwise) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(otherwise);
            }
            Thread.sleep(5);
        }
    }
}
