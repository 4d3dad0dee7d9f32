// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** GETLK, SETLK and SETLKW: {@code struct fuse_lk_in}. */
public final class LockRequest extends Request {
    /** {@code FUSE_LK_FLOCK}: a flock(2) lock on the whole file, not a POSIX one. */
    public static final int FLOCK = 1;

    static final int FH = HEADER_SIZE;
    static final int OWNER = FH + 8;
    static final int START = OWNER + 8;
    static final int END = START + 8;
    static final int TYPE = END + 8;
    static final int LOCK_PID = TYPE + 4;
    static final int LK_FLAGS = LOCK_PID + 4;
    static final int SIZE = LK_FLAGS + 8;

    LockRequest(Exchange exchange) {
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

    /** Who owns the lock: the same number for the same owner. */
    public long owner() {
        return u64(OWNER);
    }

    /** First byte locked. */
    public long start() {
        return u64(START);
    }

    /** Last byte locked; {@code OFFSET_MAX} (2^63-1) is the end of the file wherever it is. */
    public long end() {
        return u64(END);
    }

    /** {@code F_RDLCK}, {@code F_WRLCK} or {@code F_UNLCK} of fcntl(2). */
    public int type() {
        return u32(TYPE);
    }

    /** Process id of the owner. */
    public int lockPid() {
        return u32(LOCK_PID);
    }

    /** Whether this is a flock(2) lock. */
    public boolean flock() {
        return (u32(LK_FLAGS) & FLOCK) != 0;
    }
}
