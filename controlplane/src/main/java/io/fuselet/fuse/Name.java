// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A name inside a request: bytes without an encoding, followed by a NUL in native memory.
 *
 * <p>Valid until the method that received the request returns; {@link #toByteArray()} keeps it longer. {@link #address()} can
 * be passed to a system call as a C string as it is.
 */
public final class Name {
    private final Frame frame;
    private final boolean component;
    private int offset;
    private int length;

    /** @param component whether this names a directory entry, which cannot be empty or contain a slash */
    Name(Frame frame, boolean component) {
        this.frame = frame;
        this.component = component;
    }

    /** Takes the C string at {@code from}; answers the offset behind its NUL, or -1 if none that will do ends before {@code end}. */
    int parse(int from, int end) {
        for (int at = from; at < end; at++) {
            byte b = frame.bytes.get(at);
            if (b == 0) {
                offset = from;
                length = at - from;
                return component && length == 0 ? -1 : at + 1;
            }
            if (component && b == '/') {
                return -1;
            }
        }
        return -1;
    }

    /** Address of the first byte; a NUL follows the last one. */
    public long address() {
        return frame.address + offset;
    }

    /** Number of bytes, without the NUL. */
    public int length() {
        return length;
    }

    /** The byte at {@code index}. */
    public byte byteAt(int index) {
        return frame.bytes.get(offset + checked(index));
    }

    /** Copies the name, without NUL, to {@code to} from {@code at} on. */
    public void copyTo(byte[] to, int at) {
        frame.bytes.get(offset, to, at, length);
    }

    /** A copy of the name, without NUL. */
    public byte[] toByteArray() {
        byte[] copy = new byte[length];
        copyTo(copy, 0);
        return copy;
    }

    /** A copy of the name with its NUL, as {@code io.fuselet.sys} takes names. */
    public byte[] toCString() {
        byte[] copy = new byte[length + 1];
        copyTo(copy, 0);
        return copy;
    }

    /** A view of the name's bytes, without NUL; allocates. */
    public ByteBuffer toByteBuffer() {
        return frame.bytes.slice(offset, length);
    }

    /** Whether the name's bytes are exactly {@code other}. */
    public boolean contentEquals(byte[] other) {
        if (other.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (frame.bytes.get(offset + i) != other[i]) {
                return false;
            }
        }
        return true;
    }

    /** For messages only: bytes above 0x7f are shown as Latin-1. */
    @Override
    public String toString() {
        return new String(toByteArray(), StandardCharsets.ISO_8859_1);
    }

    private int checked(int index) {
        if (index < 0 || index >= length) {
            throw new IndexOutOfBoundsException(index);
        }
        return index;
    }
}
