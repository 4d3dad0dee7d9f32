// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_poll_out}: answer to POLL. */
public final class PollReply extends Reply {
    static final int REVENTS = HEADER_SIZE;
    static final int SIZE = 8;

    PollReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    /** Events of poll(2) that are there. */
    public PollReply revents(int events) {
        frame.bytes.putInt(REVENTS, events);
        return this;
    }
}
