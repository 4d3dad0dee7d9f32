// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * {@code struct fuse_attr}: what stat(2) shows of a node.
 *
 * <pre>
 *   0    8    16     24    32    40    48  52  56  60   64    68  72  76   80      84    88
 *  +----+----+------+-----+-----+-----+---+---+---+----+-----+---+---+----+-------+-----+
 *  |ino |size|blocks|atime|mtime|ctime| a | m | c |mode|nlink|uid|gid|rdev|blksize|flags|
 *  +----+----+------+-----+-----+-----+---+---+---+----+-----+---+---+----+-------+-----+
 *                                      nanoseconds
 * </pre>
 */
public final class Attributes {
    static final int INO = 0;
    static final int SIZE_AT = INO + 8;
    static final int BLOCKS = SIZE_AT + 8;
    static final int ATIME = BLOCKS + 8;
    static final int MTIME = ATIME + 8;
    static final int CTIME = MTIME + 8;
    static final int ATIMENSEC = CTIME + 8;
    static final int MTIMENSEC = ATIMENSEC + 4;
    static final int CTIMENSEC = MTIMENSEC + 4;
    static final int MODE = CTIMENSEC + 4;
    static final int NLINK = MODE + 4;
    static final int UID = NLINK + 4;
    static final int GID = UID + 4;
    static final int RDEV = GID + 4;
    static final int BLKSIZE = RDEV + 4;
    static final int FLAGS = BLKSIZE + 4;
    static final int SIZE = FLAGS + 4;

    private final Frame frame;
    private int base;

    Attributes(Frame frame, int base) {
        this.frame = frame;
        this.base = base;
    }

    void moveTo(int offset) {
        base = offset;
    }

    private Attributes put32(int offset, int value) {
        frame.bytes.putInt(base + offset, value);
        return this;
    }

    private Attributes put64(int offset, long value) {
        frame.bytes.putLong(base + offset, value);
        return this;
    }

    /** Inode number shown to callers; need not be the node id. */
    public Attributes ino(long ino) {
        return put64(INO, ino);
    }

    /** Size in bytes. */
    public Attributes size(long bytes) {
        return put64(SIZE_AT, bytes);
    }

    /** Room taken, in units of 512 bytes. */
    public Attributes blocks(long blocks) {
        return put64(BLOCKS, blocks);
    }

    /** Access time, seconds and nanoseconds since the epoch. */
    public Attributes atime(long seconds, int nanos) {
        return put64(ATIME, seconds).put32(ATIMENSEC, nanos);
    }

    /** Modification time, seconds and nanoseconds since the epoch. */
    public Attributes mtime(long seconds, int nanos) {
        return put64(MTIME, seconds).put32(MTIMENSEC, nanos);
    }

    /** Change time, seconds and nanoseconds since the epoch. */
    public Attributes ctime(long seconds, int nanos) {
        return put64(CTIME, seconds).put32(CTIMENSEC, nanos);
    }

    /** The type and permission bits set so far. */
    public int mode() {
        return frame.bytes.getInt(base + MODE);
    }

    /** Type and permission bits, as in {@code st_mode}. */
    public Attributes mode(int mode) {
        return put32(MODE, mode);
    }

    /** Number of names. */
    public Attributes nlink(int links) {
        return put32(NLINK, links);
    }

    /** Owner. */
    public Attributes uid(int uid) {
        return put32(UID, uid);
    }

    /** Group. */
    public Attributes gid(int gid) {
        return put32(GID, gid);
    }

    /** Device number of a special file, in the kernel's 32-bit form, which is how glibc's {@code dev_t} begins. */
    public Attributes rdev(int rdev) {
        return put32(RDEV, rdev);
    }

    /** Preferred size of a transfer in bytes; 0 leaves it to the kernel. */
    public Attributes blksize(int bytes) {
        return put32(BLKSIZE, bytes);
    }

    /** {@code FUSE_ATTR_*} flags; 0 as a rule. */
    public Attributes flags(int flags) {
        return put32(FLAGS, flags);
    }
}
