// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** READ, READDIR and READDIRPLUS: {@code struct fuse_read_in}. */
public final class ReadRequest extends Request {
    /** {@code FUSE_READ_LOCKOWNER}: {@link #lockOwner()} is valid. */
    public static final int LOCK_OWNER_VALID = 1 << 1;

    static final int FH = HEADER_SIZE;
    static final int OFFSET = FH + 8;
    static final int SIZE_AT = OFFSET + 8;
    static final int READ_FLAGS = SIZE_AT + 4;
    static final int LOCK_OWNER = READ_FLAGS + 4;
    static final int FLAGS = LOCK_OWNER + 8;
    static final int ARGUMENTS_END = FLAGS + 8;

    ReadRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= ARGUMENTS_END && size() >= 0 && offset() >= 0;
    }

    /** Handle that OPEN or OPENDIR answered. */
    public long fh() {
        return u64(FH);
    }

    /** Where to begin: a byte of the file; in a directory 0 or the {@code offset} given with an earlier entry. */
    public long offset() {
        return u64(OFFSET);
    }

    /** Most bytes that the reply may have. */
    public int size() {
        return u32(SIZE_AT);
    }

    /** {@link #LOCK_OWNER_VALID} or 0. */
    public int readFlags() {
        return u32(READ_FLAGS);
    }

    /** Owner of POSIX locks, with {@link #LOCK_OWNER_VALID}. */
    public long lockOwner() {
        return u64(LOCK_OWNER);
    }

    /** Flags of open(2) as the file has them now. */
    public int flags() {
        return u32(FLAGS);
    }
}
