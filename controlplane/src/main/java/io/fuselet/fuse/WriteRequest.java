// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** WRITE: {@code struct fuse_write_in}, then the data, which starts a page in memory. */
public final class WriteRequest extends Request {
    /** {@code FUSE_WRITE_CACHE}: written back from the page cache; the handle is a guess and the caller unknown. */
    public static final int CACHE = 1 << 0;
    /** {@code FUSE_WRITE_LOCKOWNER}: {@link #lockOwner()} is valid. */
    public static final int LOCK_OWNER_VALID = 1 << 1;
    /** {@code FUSE_WRITE_KILL_SUIDGID}: set-id bits go ({@link InitFlags#HANDLE_KILLPRIV_V2}). */
    public static final int KILL_SUIDGID = 1 << 2;

    static final int FH = HEADER_SIZE;
    static final int OFFSET = FH + 8;
    static final int SIZE_AT = OFFSET + 8;
    static final int WRITE_FLAGS = SIZE_AT + 4;
    static final int LOCK_OWNER = WRITE_FLAGS + 4;
    static final int FLAGS = LOCK_OWNER + 8;
    static final int DATA = FLAGS + 8;

    WriteRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= DATA && size() >= 0 && size() <= argumentsEnd() - DATA && offset() >= 0;
    }

    /** Handle that OPEN or CREATE answered. */
    public long fh() {
        return u64(FH);
    }

    /** Where in the file to begin, in bytes. */
    public long offset() {
        return u64(OFFSET);
    }

    /** Bytes to write. */
    public int size() {
        return u32(SIZE_AT);
    }

    /** Combination of this class's flags. */
    public int writeFlags() {
        return u32(WRITE_FLAGS);
    }

    /** Owner of POSIX locks, with {@link #LOCK_OWNER_VALID}. */
    public long lockOwner() {
        return u64(LOCK_OWNER);
    }

    /** Flags of open(2) as the file has them now. */
    public int flags() {
        return u32(FLAGS);
    }

    /** Address of the {@link #size()} bytes to write. */
    public long dataAddress() {
        return frame.address + DATA;
    }

    /** Copies bytes {@code from} to {@code from + length} of the data to {@code to}, from {@code at} on. */
    public void copyData(int from, byte[] to, int at, int length) {
        java.util.Objects.checkFromIndexSize(from, length, size());
        frame.bytes.get(DATA + from, to, at, length);
    }
}
