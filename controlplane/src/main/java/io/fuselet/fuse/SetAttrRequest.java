// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** SETATTR: {@code struct fuse_setattr_in}. Only the fields named by {@link #valid()} have a meaning. */
public final class SetAttrRequest extends Request {
    /** {@code FATTR_MODE}. */
    public static final int MODE = 1 << 0;
    /** {@code FATTR_UID}. */
    public static final int UID_SET = 1 << 1;
    /** {@code FATTR_GID}. */
    public static final int GID_SET = 1 << 2;
    /** {@code FATTR_SIZE}. */
    public static final int SIZE = 1 << 3;
    /** {@code FATTR_ATIME}. */
    public static final int ATIME = 1 << 4;
    /** {@code FATTR_MTIME}. */
    public static final int MTIME = 1 << 5;
    /** {@code FATTR_FH}. */
    public static final int FH = 1 << 6;
    /** {@code FATTR_ATIME_NOW}: the access time is the present. */
    public static final int ATIME_NOW = 1 << 7;
    /** {@code FATTR_MTIME_NOW}: the modification time is the present. */
    public static final int MTIME_NOW = 1 << 8;
    /** {@code FATTR_LOCKOWNER}. */
    public static final int LOCK_OWNER = 1 << 9;
    /** {@code FATTR_CTIME}: sent with {@link InitFlags#WRITEBACK_CACHE} only. */
    public static final int CTIME = 1 << 10;
    /** {@code FATTR_KILL_SUIDGID}: set-id bits go with the change of size ({@link InitFlags#HANDLE_KILLPRIV_V2}). */
    public static final int KILL_SUIDGID = 1 << 11;

    static final int VALID_AT = HEADER_SIZE;
    static final int FH_AT = VALID_AT + 8;
    static final int SIZE_AT = FH_AT + 8;
    static final int LOCK_OWNER_AT = SIZE_AT + 8;
    static final int ATIME_AT = LOCK_OWNER_AT + 8;
    static final int MTIME_AT = ATIME_AT + 8;
    static final int CTIME_AT = MTIME_AT + 8;
    static final int ATIMENSEC_AT = CTIME_AT + 8;
    static final int MTIMENSEC_AT = ATIMENSEC_AT + 4;
    static final int CTIMENSEC_AT = MTIMENSEC_AT + 4;
    static final int MODE_AT = CTIMENSEC_AT + 4;
    static final int UID_AT = MODE_AT + 8;
    static final int GID_AT = UID_AT + 4;
    static final int ARGUMENTS_END = GID_AT + 8;

    SetAttrRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= ARGUMENTS_END;
    }

    /** What to change: a combination of this class's flags. */
    public int valid() {
        return u32(VALID_AT);
    }

    /** Whether all of {@code flags} are in {@link #valid()}. */
    public boolean has(int flags) {
        return (valid() & flags) == flags;
    }

    /** Handle of the open file, with {@link #FH}. */
    public long fh() {
        return u64(FH_AT);
    }

    /** New size in bytes. */
    public long size() {
        return u64(SIZE_AT);
    }

    /** Owner of POSIX locks, with {@link #LOCK_OWNER}. */
    public long lockOwner() {
        return u64(LOCK_OWNER_AT);
    }

    /** New access time, seconds since the epoch. */
    public long atime() {
        return u64(ATIME_AT);
    }

    /** Nanoseconds of the new access time. */
    public int atimeNanos() {
        return u32(ATIMENSEC_AT);
    }

    /** New modification time, seconds since the epoch. */
    public long mtime() {
        return u64(MTIME_AT);
    }

    /** Nanoseconds of the new modification time. */
    public int mtimeNanos() {
        return u32(MTIMENSEC_AT);
    }

    /** New change time, seconds since the epoch. */
    public long ctime() {
        return u64(CTIME_AT);
    }

    /** Nanoseconds of the new change time. */
    public int ctimeNanos() {
        return u32(CTIMENSEC_AT);
    }

    /** New permission and type bits, as in {@code st_mode}. */
    public int mode() {
        return u32(MODE_AT);
    }

    /** New owner. */
    public int ownerUid() {
        return u32(UID_AT);
    }

    /** New group. */
    public int ownerGid() {
        return u32(GID_AT);
    }
}
