// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** RELEASE and RELEASEDIR: {@code struct fuse_release_in}. The handle is not used again. */
public final class ReleaseRequest extends Request {
    /** {@code FUSE_RELEASE_FLUSH}. */
    public static final int FLUSH = 1 << 0;
    /** {@code FUSE_RELEASE_FLOCK_UNLOCK}: drop the flock(2) lock of {@link #lockOwner()}. */
    public static final int FLOCK_UNLOCK = 1 << 1;

    static final int FH = HEADER_SIZE;
    static final int FLAGS = FH + 8;
    static final int RELEASE_FLAGS = FLAGS + 4;
    static final int LOCK_OWNER = RELEASE_FLAGS + 4;
    static final int SIZE = LOCK_OWNER + 8;

    ReleaseRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** The handle that ends. */
    public long fh() {
        return u64(FH);
    }

    /** Flags of open(2) that the file had. */
    public int flags() {
        return u32(FLAGS);
    }

    /** Combination of this class's flags. */
    public int releaseFlags() {
        return u32(RELEASE_FLAGS);
    }

    /** Owner of flock(2) locks, with {@link #FLOCK_UNLOCK}. */
    public long lockOwner() {
        return u64(LOCK_OWNER);
    }
}
