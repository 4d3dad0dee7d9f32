// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.EventCalls;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import java.util.concurrent.TimeUnit;

/** A descriptor to send away, and a way to see that nobody holds it any more: the other end of a pipe. */
final class Witness implements AutoCloseable {
    private static final int DEADLINE_MILLIS = 10_000;

    private final Fd readEnd;
    private final Fd writeEnd;

    Witness() {
        int[] pipe = EventCalls.pipe(0);
        readEnd = new Fd(pipe[0]);
        writeEnd = new Fd(pipe[1]);
    }

    int descriptor() {
        return writeEnd.number();
    }

    /** What was written into it is read: it would end each wait for the hang-up. */
    void assertClosedByTheServer() {
        writeEnd.close();
        NativeBuffer written = NativeBuffer.allocate(64);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_MILLIS);
        int events;
        do {
            events = EventCalls.pollIn(DEADLINE_MILLIS, readEnd.number())[0];
            if (events != 0) {
                FileCalls.read(readEnd.number(), written.address(), written.size());
            }
        } while ((events & EventCalls.POLLHUP) == 0 && System.nanoTime() < deadline);
        assertThat(events & EventCalls.POLLHUP).as("the server has closed it").isNotZero();
    }

    @Override
    public void close() {
        writeEnd.close();
        readEnd.close();
    }
}
