// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

/**
 * An array of struct iovec outside the heap, for readv(2) and writev(2).
 *
 * <pre>
 *  0        8        16
 *  +--------+--------+
 *  |iov_base|iov_len |  times capacity
 *  +--------+--------+
 * </pre>
 *
 * Not thread-safe: one for each thread that does I/O.
 */
public final class IoVectors {
    private static final int SIZE = 16;

    private final NativeBuffer vectors;

    public IoVectors(int capacity) {
        vectors = NativeBuffer.allocate(capacity * SIZE);
    }

    /** Sets element {@code index} to {@code length} bytes at {@code base}. */
    public IoVectors set(int index, long base, long length) {
        vectors.bytes().putLong(index * SIZE, base).putLong(index * SIZE + 8, length);
        return this;
    }

    /** Address of element 0. */
    public long address() {
        return vectors.address();
    }
}
