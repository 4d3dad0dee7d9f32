// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_statfs_out}: answer to STATFS. */
public final class StatfsReply extends Reply {
    static final int BLOCKS = HEADER_SIZE;
    static final int BFREE = BLOCKS + 8;
    static final int BAVAIL = BFREE + 8;
    static final int FILES = BAVAIL + 8;
    static final int FFREE = FILES + 8;
    static final int BSIZE = FFREE + 8;
    static final int NAMELEN = BSIZE + 4;
    static final int FRSIZE = NAMELEN + 4;
    static final int SIZE = FRSIZE + 4 + 28 - HEADER_SIZE;

    StatfsReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    private StatfsReply put32(int offset, int value) {
        frame.bytes.putInt(offset, value);
        return this;
    }

    private StatfsReply put64(int offset, long value) {
        frame.bytes.putLong(offset, value);
        return this;
    }

    /** All blocks, free ones, and free ones for others than root, in units of {@link #fragmentSize}. */
    public StatfsReply blocks(long all, long free, long available) {
        return put64(BLOCKS, all).put64(BFREE, free).put64(BAVAIL, available);
    }

    /** All inodes, and free ones. */
    public StatfsReply files(long all, long free) {
        return put64(FILES, all).put64(FFREE, free);
    }

    /** Preferred size of a transfer in bytes. */
    public StatfsReply blockSize(int bytes) {
        return put32(BSIZE, bytes);
    }

    /** Unit of {@link #blocks} in bytes. */
    public StatfsReply fragmentSize(int bytes) {
        return put32(FRSIZE, bytes);
    }

    /** Most bytes of a name. */
    public StatfsReply nameLength(int bytes) {
        return put32(NAMELEN, bytes);
    }
}
