// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** POLL: {@code struct fuse_poll_in}. */
public final class PollRequest extends Request {
    static final int FH = HEADER_SIZE;
    static final int KH = FH + 8;
    static final int FLAGS = KH + 8;
    static final int EVENTS = FLAGS + 4;
    static final int SIZE = EVENTS + 4;

    PollRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** Handle of the open file. */
    public long fh() {
        return u64(FH);
    }

    /** Events of poll(2) that the caller waits for. */
    public int events() {
        return u32(EVENTS);
    }
}
