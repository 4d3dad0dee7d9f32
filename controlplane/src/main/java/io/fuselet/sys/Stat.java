// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

import java.nio.ByteBuffer;

/**
 * Attributes of a file, as statx(2) reports them: its structure has the same layout on every architecture.
 *
 * @param dev device as stat(2) of the kernel encodes it, see {@link #device}
 * @param size bytes
 * @param blocks units of 512 bytes
 * @param rdev device that a special file stands for, encoded like {@code dev}
 * @param atime seconds since 1970; the part below a second is in {@code atimeNanos}, likewise the others
 * @param btime birth time; 0 where {@code hasBtime} is false
 */
public record Stat(long dev, long ino, int mode, int nlink, int uid, int gid, long rdev, long size, long blocks,
        int blksize, long atime, int atimeNanos, long mtime, int mtimeNanos, long ctime, int ctimeNanos,
        boolean hasBtime, long btime, int btimeNanos, long mountId) {

    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_BTIME = 0x800;
    private static final int STATX_MNT_ID = 0x1000;
    private static final int MASK = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;

    /** Of an open file, or of what an O_PATH descriptor stands for (a symbolic link included). */
    public static Stat of(int fd) {
        return at(fd, CString.EMPTY, At.AT_EMPTY_PATH);
    }

    /** Of a name in a directory; a symbolic link is not followed. */
    public static Stat at(int dirfd, byte[] name) {
        return at(dirfd, name, At.AT_SYMLINK_NOFOLLOW);
    }

    /** statx(2) with the given AT_ flags; automounts are not triggered. */
    public static Stat at(int dirfd, byte[] name, int flags) {
        NativeBuffer buffer = NativeBuffer.scratch();
        check("statx", LIBC.statx(dirfd, name, flags | At.AT_NO_AUTOMOUNT, MASK, buffer.address()));
        return decode(buffer.bytes());
    }

    /** statx(2) of {@code fd} into 256 bytes at {@code address}, with the caller's AT_STATX_ flags and STATX_ mask. */
    public static void raw(int fd, int flags, int mask, long address) {
        int all = flags | At.AT_EMPTY_PATH | At.AT_NO_AUTOMOUNT;
        check("statx", LIBC.statx(fd, CString.EMPTY, all, mask, address));
    }

    /** From struct statx ({@code linux/stat.h}) at byte 0. */
    private static Stat decode(ByteBuffer b) {
        boolean hasBtime = (b.getInt(0) & STATX_BTIME) != 0;
        return new Stat(device(b.getInt(136), b.getInt(140)), b.getLong(32), b.getShort(28) & 0xffff, b.getInt(16),
                b.getInt(20), b.getInt(24), device(b.getInt(128), b.getInt(132)), b.getLong(40), b.getLong(48),
                b.getInt(4), b.getLong(64), b.getInt(72), b.getLong(112), b.getInt(120), b.getLong(96),
                b.getInt(104), hasBtime, hasBtime ? b.getLong(80) : 0, hasBtime ? b.getInt(88) : 0, b.getLong(144));
    }

    /** Packs a device number as {@code new_encode_dev} ({@code linux/kdev_t.h}) does: what FUSE sends in rdev. */
    public static long device(int major, int minor) {
        return (minor & 0xffL) | (major & 0xfffL) << 8 | (minor & 0xfff00L) << 12;
    }

    public boolean isRegular() {
        return Mode.isRegular(mode);
    }

    public boolean isDirectory() {
        return Mode.isDirectory(mode);
    }

    public boolean isSymlink() {
        return Mode.isSymlink(mode);
    }
}
