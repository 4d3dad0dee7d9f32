// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** STATX: {@code struct fuse_statx_in}. */
public final class StatxRequest extends Request {
    static final int GETATTR_FLAGS = HEADER_SIZE;
    static final int FH = GETATTR_FLAGS + 8;
    static final int SX_FLAGS = FH + 8;
    static final int SX_MASK = SX_FLAGS + 4;
    static final int SIZE = SX_MASK + 4;

    StatxRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** Whether the caller has the file open, through {@link #fh()}. */
    public boolean hasFh() {
        return (u32(GETATTR_FLAGS) & GetAttrRequest.FLAG_FH) != 0;
    }

    /** Handle of the open file, if {@link #hasFh()}. */
    public long fh() {
        return u64(FH);
    }

    /** {@code AT_STATX_*} flags of statx(2). */
    public int flags() {
        return u32(SX_FLAGS);
    }

    /** {@code STATX_*} fields asked for. */
    public int mask() {
        return u32(SX_MASK);
    }
}
