// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** FALLOCATE: {@code struct fuse_fallocate_in}. */
public final class FallocateRequest extends Request {
    static final int FH = HEADER_SIZE;
    static final int OFFSET = FH + 8;
    static final int LENGTH = OFFSET + 8;
    static final int MODE = LENGTH + 8;
    static final int SIZE = MODE + 8;

    FallocateRequest(Exchange exchange) {
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

    /** First byte of the range. */
    public long offset() {
        return u64(OFFSET);
    }

    /** Bytes in the range. */
    public long length() {
        return u64(LENGTH);
    }

    /** {@code FALLOC_FL_*} flags of fallocate(2). */
    public int mode() {
        return u32(MODE);
    }
}
