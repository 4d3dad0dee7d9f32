// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;

/** Memory outside the Java heap: a direct buffer in native byte order together with its address. */
public final class NativeBuffer {
    private static final ThreadLocal<NativeBuffer> SCRATCH = ThreadLocal.withInitial(() -> allocate(4096));

    private final ByteBuffer bytes;
    private final long address;

    private NativeBuffer(ByteBuffer bytes) {
        this.bytes = bytes.order(ByteOrder.nativeOrder());
        this.address = Pointer.wrap(Native.RUNTIME, bytes).address();
    }

    /** Zeroed memory of {@code size} bytes, freed when the buffer becomes unreachable. */
    public static NativeBuffer allocate(int size) {
        return new NativeBuffer(ByteBuffer.allocateDirect(size));
    }

    /**
     * Zeroed memory whose address is a multiple of {@code alignment}, a power of two: what O_DIRECT asks for.
     */
    public static NativeBuffer allocateAligned(int size, int alignment) {
        // alignedSlice() cuts at both ends
        return new NativeBuffer(ByteBuffer.allocateDirect(size + 2 * alignment).alignedSlice(alignment).slice(0, size));
    }

    /** A copy of {@code content} outside the heap. */
    public static NativeBuffer copyOf(byte[] content) {
        NativeBuffer buffer = allocate(Math.max(content.length, 1));
        buffer.bytes.put(0, content);
        return buffer;
    }

    /**
     * 4 KiB of this thread's own, overwritten by the next call in this package that needs room for a structure.
     */
    static NativeBuffer scratch() {
        return SCRATCH.get();
    }

    /** Address of the first byte of any direct buffer, whatever its position. The caller keeps the buffer alive. */
    public static long addressOf(ByteBuffer direct) {
        return Pointer.wrap(Native.RUNTIME, direct).address();
    }

    /** The memory; its position and limit are the caller's to use. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Address of byte 0. Valid as long as this object is reachable. */
    public long address() {
        return address;
    }

    /** Size in bytes. */
    public int size() {
        return bytes.capacity();
    }

    /** A copy of the first {@code length} bytes. */
    public byte[] toArray(int length) {
        byte[] copy = new byte[length];
        bytes.get(0, copy);
        return copy;
    }
}
