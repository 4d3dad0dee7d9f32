// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** Times for which the kernel may believe an answer, on the wire as seconds and nanoseconds. */
final class Timeout {
    private static final long NANOS = 1_000_000_000L;

    private Timeout() {
    }

    static void put(Frame frame, int seconds, int nanos, long timeoutNanos) {
        if (timeoutNanos < 0) {
            throw new IllegalArgumentException("negative timeout: " + timeoutNanos + " ns");
        }
        frame.bytes.putLong(seconds, timeoutNanos / NANOS);
        frame.bytes.putInt(nanos, (int) (timeoutNanos % NANOS));
    }
}
