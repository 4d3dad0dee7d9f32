// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.TreeCalls;

/**
 * A directory being read. Positions are those of the lower file system (d_off), so that they outlive the handle where
 * they do below.
 *
 * <pre>
 *  struct linux_dirent64                               (include/linux/dirent.h)
 *   0       8       16       18     19
 *  +-------+-------+--------+------+------------------+
 *  | d_ino | d_off |d_reclen|d_type| d_name, NUL, pad |
 *  +-------+-------+--------+------+------------------+
 * </pre>
 *
 * Guarded by its monitor, which the user takes.
 */
final class OpenDirectory implements AutoCloseable {
    private static final int OFF = 8;
    private static final int RECLEN = 16;
    private static final int TYPE = 18;
    private static final int NAME = 19;

    private final Node node;
    private final Pin pin;
    private final Fd fd;
    private final BufferPool buffers;
    /** Null until something is read. */
    private NativeBuffer buffer;
    /** The current entry, the end of what is in the buffer, and the position of the current entry. */
    private int at;
    private int end;
    private long position;

    /** Takes over pin and descriptor. */
    OpenDirectory(Pin pin, int fd, BufferPool buffers) {
        this.node = pin.node();
        this.pin = pin;
        this.fd = new Fd(fd);
        this.buffers = buffers;
    }

    Node node() {
        return node;
    }

    int fd() {
        return fd.number();
    }

    /** Makes the entry behind {@code offset}, which is 0 or that of an entry read earlier, the current one. */
    void seek(long offset) {
        if (offset != position) {
            FileCalls.lseek(fd.number(), offset, FileCalls.SEEK_SET);
            at = end;
            position = offset;
        }
    }

    /** Whether there is a current entry; else this is the end of the directory. */
    boolean hasEntry() {
        if (at < end) {
            return true;
        }
        if (buffer == null) {
            buffer = buffers.take();
        }
        at = 0;
        end = TreeCalls.getdents64(fd.number(), buffer.address(), buffer.size());
        return end > 0;
    }

    /** Goes on to the next entry. */
    void next() {
        position = off();
        at += buffer.bytes().getShort(at + RECLEN);
    }

    long ino() {
        return buffer.bytes().getLong(at);
    }

    /** Position behind the current entry. */
    long off() {
        return buffer.bytes().getLong(at + OFF);
    }

    /** DT_ number of readdir(3). */
    int type() {
        return buffer.bytes().get(at + TYPE);
    }

    /** A copy of the name, NUL-terminated. */
    byte[] name() {
        int length = 0;
        while (buffer.bytes().get(at + NAME + length) != 0) {
            length++;
        }
        byte[] name = new byte[length + 1];
        buffer.bytes().get(at + NAME, name);
        return name;
    }

    @Override
    public void close() {
        if (buffer != null) {
            buffers.giveBack(buffer);
        }
        fd.close();
        pin.close();
    }
}
