// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * {@code struct fuse_statx_out}: answer to STATX. From {@link #statxAddress()} on it is bit for bit the {@code struct statx}
 * of statx(2), which can write it in place.
 */
public final class StatxReply extends Reply {
    static final int ATTR_VALID = HEADER_SIZE;
    static final int ATTR_VALID_NSEC = ATTR_VALID + 8;
    static final int FLAGS = ATTR_VALID_NSEC + 4;
    static final int STAT = FLAGS + 4 + 16;
    /** {@code sizeof(struct statx)}, in bytes. */
    public static final int STATX_SIZE = 256;
    static final int SIZE = STAT - HEADER_SIZE + STATX_SIZE;

    static final int STATX_INO = STAT + 32;

    StatxReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    /** How long the attributes may be believed, in nanoseconds. */
    public StatxReply attrTimeout(long nanos) {
        Timeout.put(frame, ATTR_VALID, ATTR_VALID_NSEC, nanos);
        return this;
    }

    /** Address of the {@link #STATX_SIZE} bytes of {@code struct statx}. */
    public long statxAddress() {
        return frame.address + STAT;
    }

    /** Replaces the inode number shown to callers. */
    public StatxReply ino(long ino) {
        frame.bytes.putLong(STATX_INO, ino);
        return this;
    }
}
