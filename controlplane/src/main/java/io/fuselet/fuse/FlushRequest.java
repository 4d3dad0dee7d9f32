// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** FLUSH: {@code struct fuse_flush_in}. Sent at each close(2) of a descriptor of the file. */
public final class FlushRequest extends Request {
    static final int FH = HEADER_SIZE;
    static final int LOCK_OWNER = FH + 16;
    static final int SIZE = LOCK_OWNER + 8;

    FlushRequest(Exchange exchange) {
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

    /** Owner whose POSIX locks end with this close. */
    public long lockOwner() {
        return u64(LOCK_OWNER);
    }
}
