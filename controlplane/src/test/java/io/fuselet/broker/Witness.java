// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.EventCalls;
import io.fuselet.sys.Fd;

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

    void assertClosedByTheServer() {
        writeEnd.close();
        assertThat(EventCalls.pollIn(DEADLINE_MILLIS, readEnd.number())[0] & EventCalls.POLLHUP).as("the server has closed it").isNotZero();
    }

    @Override
    public void close() {
        writeEnd.close();
        readEnd.close();
    }
}
