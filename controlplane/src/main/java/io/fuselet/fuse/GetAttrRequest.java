// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** GETATTR: {@code struct fuse_getattr_in}. */
public final class GetAttrRequest extends Request {
    /** {@code FUSE_GETATTR_FH}: {@link #fh()} is valid. */
    public static final int FLAG_FH = 1;

    static final int FLAGS = HEADER_SIZE;
    static final int FH = FLAGS + 8;
    static final int SIZE = FH + 8;

    GetAttrRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** Whether the caller has the file open, through {@link #fh()}. */
    public boolean hasFh() {
        return (u32(FLAGS) & FLAG_FH) != 0;
    }

    /** Handle of the open file, if {@link #hasFh()}. */
    public long fh() {
        return u64(FH);
    }
}
