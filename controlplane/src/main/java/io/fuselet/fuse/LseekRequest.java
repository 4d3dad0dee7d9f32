// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** LSEEK: {@code struct fuse_lseek_in}. The kernel does all but SEEK_DATA and SEEK_HOLE itself. */
public final class LseekRequest extends Request {
    static final int FH = HEADER_SIZE;
    static final int OFFSET = FH + 8;
    static final int WHENCE = OFFSET + 8;
    static final int SIZE = WHENCE + 8;

    LseekRequest(Exchange exchange) {
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

    /** Where to begin, in bytes. */
    public long offset() {
        return u64(OFFSET);
    }

    /** {@code SEEK_DATA} or {@code SEEK_HOLE} of lseek(2). */
    public int whence() {
        return u32(WHENCE);
    }
}
