// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * Whether the caller of the request in hand was interrupted. Numbers of requests never repeat, so that a late INTERRUPT cannot
 * hit the next request.
 */
final class Interruption {
    private static final long NONE = 0;

    private volatile long current = NONE;
    private volatile long interrupted = NONE;
    /** Written under the lock, but read without it by the thread that serves the request, which alone sets it. */
    private volatile Runnable action;

    void begin(long unique) {
        current = unique;
    }

    void end() {
        current = NONE;
        if (action != null) {
            action = null;
        }
    }

    /** The kernel says that {@code unique} is interrupted; answers whether that is the request in hand. */
    boolean interrupt(long unique) {
        Runnable run;
        synchronized (this) {
            if (current != unique) {
                return false;
            }
            interrupted = unique;
            run = action;
            action = null;
        }
        if (run != null) {
            run.run();
        }
        return true;
    }

    void interruptCurrent() {
        long unique = current;
        if (unique != NONE) {
            interrupt(unique);
        }
    }

    boolean requested() {
        long unique = current;
        return unique != NONE && interrupted == unique;
    }

    void onRequest(Runnable runnable) {
        synchronized (this) {
            if (!requested()) {
                action = runnable;
                return;
            }
        }
        runnable.run();
    }
}
