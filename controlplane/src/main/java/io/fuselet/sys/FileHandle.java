// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A file handle of name_to_handle_at(2): names an object of one file system for as long as the object lives, and
 * never another one (file systems put a generation into it).
 */
public final class FileHandle {
    /** MAX_HANDLE_SZ ({@code linux/exportfs.h}). */
    private static final int MAX_SIZE = 128;

    private static final int HEADER = 8;

    private final byte[] bytes;

    private FileHandle(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Of what {@code fd} stands for.
     *
     * @throws ErrnoException EOPNOTSUPP where the file system has no handles
     */
    public static FileHandle of(int fd) {
        NativeBuffer buffer = NativeBuffer.scratch();
        buffer.bytes().putInt(0, MAX_SIZE);
        long mountId = buffer.address() + HEADER + MAX_SIZE;
        check("name_to_handle_at",
                LIBC.name_to_handle_at(fd, CString.EMPTY, buffer.address(), mountId, At.AT_EMPTY_PATH));
        return new FileHandle(buffer.toArray(HEADER + buffer.bytes().getInt(0)));
    }

    /**
     * Opens the object. Needs CAP_DAC_READ_SEARCH in the initial user namespace.
     *
     * @param mountFd any descriptor on the same mount, not O_PATH
     * @throws ErrnoException ESTALE once the object is gone
     */
    public int open(int mountFd, int flags) {
        NativeBuffer buffer = NativeBuffer.scratch();
        buffer.bytes().put(0, bytes);
        return check("open_by_handle_at",
                LIBC.open_by_handle_at(mountFd, buffer.address(), flags | Open.O_CLOEXEC));
    }

    /** {@code struct file_handle}: its length and type, four bytes each in native order, and that many bytes. */
    public byte[] toArray() {
        return bytes.clone();
    }

    /** Of what {@link #toArray} gave, whatever is behind it; null if the length is 0 or cannot be. */
    public static FileHandle parse(byte[] bytes) {
        int size = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt(0);
        boolean fits = size > 0 && size <= MAX_SIZE && HEADER + size <= bytes.length;
        return fits ? new FileHandle(Arrays.copyOf(bytes, HEADER + size)) : null;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FileHandle handle && Arrays.equals(bytes, handle.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
