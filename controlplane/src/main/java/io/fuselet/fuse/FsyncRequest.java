// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** FSYNC and FSYNCDIR: {@code struct fuse_fsync_in}. */
public final class FsyncRequest extends Request {
    /** {@code FUSE_FSYNC_FDATASYNC}. */
    public static final int FDATASYNC = 1;

    static final int FH = HEADER_SIZE;
    static final int FSYNC_FLAGS = FH + 8;
    static final int SIZE = FSYNC_FLAGS + 8;

    FsyncRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** Handle of the open file or directory. */
    public long fh() {
        return u64(FH);
    }

    /** Whether data is enough, as for fdatasync(2). */
    public boolean dataOnly() {
        return (u32(FSYNC_FLAGS) & FDATASYNC) != 0;
    }
}
