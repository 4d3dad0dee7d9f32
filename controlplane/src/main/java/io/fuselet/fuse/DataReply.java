// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.nio.ByteBuffer;

/**
 * A reply of plain bytes: answer to READ and READLINK. The bytes start a page in memory, so that they can be read in place
 * with O_DIRECT.
 */
public final class DataReply extends Reply {
    private int capacity;

    DataReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(0);
    }

    void begin(int limit) {
        begin();
        capacity = Math.min(limit, frame.capacity() - HEADER_SIZE);
    }

    /** Most bytes that this reply may have. */
    public int capacity() {
        return capacity;
    }

    /** Address of the {@link #capacity()} bytes to fill. */
    public long address() {
        return frame.address + HEADER_SIZE;
    }

    /** Says that {@code bytes} bytes at {@link #address()} are the answer. Fewer than asked for means end of file. */
    public DataReply length(int bytes) {
        if (bytes < 0 || bytes > capacity) {
            throw new IllegalArgumentException(bytes + " bytes do not fit in " + capacity);
        }
        frame.length = HEADER_SIZE + bytes;
        return this;
    }

    /** Appends bytes {@code from} to {@code from + count} of {@code source}. */
    public DataReply append(byte[] source, int from, int count) {
        int at = frame.length;
        length(at - HEADER_SIZE + count);
        frame.bytes.put(at, source, from, count);
        return this;
    }

    /** Appends what remains in {@code source}, whose position stays. */
    public DataReply append(ByteBuffer source) {
        int at = frame.length;
        length(at - HEADER_SIZE + source.remaining());
        frame.bytes.put(at, source, source.position(), source.remaining());
        return this;
    }
}
