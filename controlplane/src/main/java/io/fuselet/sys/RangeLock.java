// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

import java.nio.ByteBuffer;

/**
 * A lock on a range of a file that belongs to an open file description (F_OFD_ commands of fcntl(2)), not to the
 * process.
 *
 * <pre>
 *  struct flock
 *   0      2        4      8       16     24    28     32
 *  +------+--------+------+-------+------+-----+------+
 *  |l_type|l_whence|      |l_start|l_len |l_pid|      |
 *  +------+--------+------+-------+------+-----+------+
 * </pre>
 *
 * @param type F_RDLCK, F_WRLCK or F_UNLCK
 * @param start first byte
 * @param end last byte; Long.MAX_VALUE for the end of the file wherever it is
 */
public record RangeLock(int type, long start, long end) {
    public static final int F_RDLCK = 0;
    public static final int F_WRLCK = 1;
    public static final int F_UNLCK = 2;

    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;

    /**
     * Takes or gives up the lock.
     *
     * @throws ErrnoException EAGAIN if another one is in the way; EBADF if {@code fd} is not open for what the lock is for
     */
    public void set(int fd) {
        check("fcntl", LIBC.fcntl(fd, F_OFD_SETLK, encode()));
    }

    /** A lock of somebody else that is in the way of this one; null if none is. */
    public RangeLock conflict(int fd) {
        check("fcntl", LIBC.fcntl(fd, F_OFD_GETLK, encode()));
        ByteBuffer b = NativeBuffer.scratch().bytes();
        int found = b.getShort(0);
        if (found == F_UNLCK) {
            return null;
        }
        long length = b.getLong(16);
        return new RangeLock(found, b.getLong(8), length == 0 ? Long.MAX_VALUE : b.getLong(8) + length - 1);
    }

    private long encode() {
        NativeBuffer buffer = NativeBuffer.scratch();
        long length = end == Long.MAX_VALUE ? 0 : end - start + 1;
        buffer.bytes().putLong(0, type).putLong(8, start).putLong(16, length).putLong(24, 0);
        return buffer.address();
    }
}
