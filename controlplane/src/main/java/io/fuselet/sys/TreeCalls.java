// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

/**
 * Calls on names in directories. Names are NUL-terminated ({@link CString}) and, but for symlink targets, relative
 * to the descriptor before them. Every method throws {@link ErrnoException}.
 */
public final class TreeCalls {
    /** In place of nanoseconds: set to now, leave alone ({@code linux/stat.h}, utimensat(2)). */
    public static final int UTIME_NOW = 0x3fffffff;

    public static final int UTIME_OMIT = 0x3ffffffe;

    private TreeCalls() {}

    public static void mkdirat(int dirfd, byte[] name, int mode) {
        check("mkdirat", LIBC.mkdirat(dirfd, name, mode));
    }

    /** @param device encoded as in {@link Stat#device} */
    public static void mknodat(int dirfd, byte[] name, int mode, long device) {
        check("mknodat", LIBC.mknodat(dirfd, name, mode, device));
    }

    public static void symlinkat(byte[] target, int dirfd, byte[] name) {
        check("symlinkat", LIBC.symlinkat(target, dirfd, name));
    }

    public static void linkat(int oldDirfd, byte[] oldName, int newDirfd, byte[] newName, int flags) {
        check("linkat", LIBC.linkat(oldDirfd, oldName, newDirfd, newName, flags));
    }

    /** @param flags 0, or AT_REMOVEDIR */
    public static void unlinkat(int dirfd, byte[] name, int flags) {
        check("unlinkat", LIBC.unlinkat(dirfd, name, flags));
    }

    public static void renameat2(int oldDirfd, byte[] oldName, int newDirfd, byte[] newName, int flags) {
        check("renameat2", LIBC.renameat2(oldDirfd, oldName, newDirfd, newName, flags));
    }

    /** The target of a symbolic link, without NUL. */
    public static byte[] readlinkat(int dirfd, byte[] name) {
        NativeBuffer buffer = NativeBuffer.scratch();
        long length = check("readlinkat", LIBC.readlinkat(dirfd, name, buffer.address(), buffer.size()));
        return buffer.toArray((int) length);
    }

    /** Fills memory with struct linux_dirent64; 0 at the end of the directory. */
    public static int getdents64(int fd, long address, long size) {
        return (int) check("getdents64", LIBC.getdents64(fd, address, size));
    }

    public static void fchmod(int fd, int mode) {
        check("fchmod", LIBC.fchmod(fd, mode));
    }

    /** fchmodat(2) of a path, following symbolic links. */
    public static void fchmodat(int dirfd, byte[] path, int mode) {
        check("fchmodat", LIBC.fchmodat(dirfd, path, mode, 0));
    }

    /** @param uid new owner, or -1 to leave it; {@code gid} likewise */
    public static void fchownat(int dirfd, byte[] path, int uid, int gid, int flags) {
        check("fchownat", LIBC.fchownat(dirfd, path, uid, gid, flags));
    }

    /** Sets access and modification time; nanoseconds may be UTIME_NOW or UTIME_OMIT. */
    public static void utimensat(int dirfd, byte[] path, long atime, int atimeNanos, long mtime, int mtimeNanos,
            int flags) {
        long times = times(atime, atimeNanos, mtime, mtimeNanos);
        check("utimensat", LIBC.utimensat(dirfd, path, times, flags));
    }

    /** Like {@link #utimensat}, of an open file. */
    public static void futimens(int fd, long atime, int atimeNanos, long mtime, int mtimeNanos) {
        check("futimens", LIBC.futimens(fd, times(atime, atimeNanos, mtime, mtimeNanos)));
    }

    private static long times(long atime, int atimeNanos, long mtime, int mtimeNanos) {
        NativeBuffer buffer = NativeBuffer.scratch();
        buffer.bytes().putLong(0, atime).putLong(8, atimeNanos).putLong(16, mtime).putLong(24, mtimeNanos);
        return buffer.address();
    }
}
