// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

/**
 * Calls on open files. Addresses and lengths are of memory outside the heap, see {@link NativeBuffer}; short reads
 * and writes are returned as they come. Every method throws {@link ErrnoException}.
 */
public final class FileCalls {
    public static final int SEEK_SET = 0;
    public static final int SEEK_CUR = 1;
    public static final int SEEK_END = 2;
    public static final int SEEK_DATA = 3;
    public static final int SEEK_HOLE = 4;

    public static final int F_GETFD = 1;
    public static final int F_SETFD = 2;
    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
    public static final int F_DUPFD_CLOEXEC = 1030;

    public static final int LOCK_SH = 1;
    public static final int LOCK_EX = 2;
    public static final int LOCK_NB = 4;
    public static final int LOCK_UN = 8;

    /** {@code linux/fs.h}. */
    private static final int RWF_APPEND = 0x10;

    private FileCalls() {}

    /** open(2) of a path; O_CLOEXEC is always added. */
    public static int open(String path, int flags) {
        return openat(At.AT_FDCWD, CString.of(path), flags, 0);
    }

    /** openat(2); O_CLOEXEC is always added. */
    public static int openat(int dirfd, byte[] path, int flags, int mode) {
        return check("openat", LIBC.openat(dirfd, path, flags | Open.O_CLOEXEC, mode));
    }

    /** close(2). Its errors are not reported: on Linux the descriptor is gone whatever close returns. */
    public static void close(int fd) {
        LIBC.close(fd);
    }

    /**
     * close(2) of a duplicate, which runs the file's flush operation: where network file systems report late write
     * errors.
     */
    public static void flush(int fd) {
        int duplicate = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        check("close", LIBC.close(duplicate));
    }

    public static long read(int fd, long address, long count) {
        return check("read", LIBC.read(fd, address, count));
    }

    public static long write(int fd, long address, long count) {
        return check("write", LIBC.write(fd, address, count));
    }

    public static long pread(int fd, long address, long count, long offset) {
        return check("pread", LIBC.pread(fd, address, count, offset));
    }

    public static long pwrite(int fd, long address, long count, long offset) {
        return check("pwrite", LIBC.pwrite(fd, address, count, offset));
    }

    /** Writes at the end of the file, wherever that is by then (pwritev2(2) with RWF_APPEND). */
    public static long append(int fd, long address, long count) {
        NativeBuffer vector = NativeBuffer.scratch();
        vector.bytes().putLong(0, address).putLong(8, count);
        return check("pwritev2", LIBC.pwritev2(fd, vector.address(), 1, 0, RWF_APPEND));
    }

    /** readv(2) into {@code count} struct iovec at {@code vectors}, see {@link IoVectors}. */
    public static long readv(int fd, long vectors, int count) {
        return check("readv", LIBC.readv(fd, vectors, count));
    }

    /** writev(2) of {@code count} struct iovec at {@code vectors}, see {@link IoVectors}. */
    public static long writev(int fd, long vectors, int count) {
        return check("writev", LIBC.writev(fd, vectors, count));
    }

    public static long lseek(int fd, long offset, int whence) {
        return check("lseek", LIBC.lseek(fd, offset, whence));
    }

    public static void fsync(int fd) {
        check("fsync", LIBC.fsync(fd));
    }

    public static void fdatasync(int fd) {
        check("fdatasync", LIBC.fdatasync(fd));
    }

    public static void syncfs(int fd) {
        check("syncfs", LIBC.syncfs(fd));
    }

    public static void ftruncate(int fd, long length) {
        check("ftruncate", LIBC.ftruncate(fd, length));
    }

    /** truncate(2) of a path, symbolic links followed. */
    public static void truncate(byte[] path, long length) {
        check("truncate", LIBC.truncate(path, length));
    }

    public static void fallocate(int fd, int mode, long offset, long length) {
        check("fallocate", LIBC.fallocate(fd, mode, offset, length));
    }

    /**
     * copy_file_range(2) at given offsets; the file positions are not used. By number, since JNR loses the sixth of
     * six integer arguments.
     */
    public static long copyFileRange(int in, long offsetIn, int out, long offsetOut, long length, int flags) {
        NativeBuffer offsets = NativeBuffer.scratch();
        offsets.bytes().putLong(0, offsetIn).putLong(8, offsetOut);
        return check("copy_file_range", LIBC.syscall(Syscall.COPY_FILE_RANGE, in, offsets.address(), out,
                offsets.address() + 8, length, flags));
    }

    public static int fcntl(int fd, int command, long argument) {
        return check("fcntl", LIBC.fcntl(fd, command, argument));
    }

    /** ioctl(2); {@code argument} is a number or the address of a structure. */
    public static int ioctl(int fd, long request, long argument) {
        return check("ioctl", LIBC.ioctl(fd, request, argument));
    }

    /** flock(2). */
    public static void flock(int fd, int operation) {
        check("flock", LIBC.flock(fd, operation));
    }
}
