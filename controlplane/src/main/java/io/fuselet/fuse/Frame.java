// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.NativeBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory that holds one request or one reply, reused for every exchange of a worker.
 *
 * <p>The memory is placed so that the byte at {@code alignedOffset} starts a page: file data that follows a fixed header can
 * then be read or written with O_DIRECT below.
 */
final class Frame {
    static final int PAGE_SIZE = 4096;

    final ByteBuffer bytes;
    final long address;
    int length;

    Frame(int capacity, int alignedOffset) {
        int lead = (PAGE_SIZE - alignedOffset % PAGE_SIZE) % PAGE_SIZE;
        // alignedSlice() cuts at both ends, up to a page each
        ByteBuffer pages = ByteBuffer.allocateDirect(lead + capacity + 2 * PAGE_SIZE).alignedSlice(PAGE_SIZE);
        bytes = pages.slice(lead, capacity).order(ByteOrder.nativeOrder());
        address = NativeBuffer.addressOf(bytes);
    }

    int capacity() {
        return bytes.capacity();
    }

    void zero(int from, int count) {
        int at = from;
        int end = from + count;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            bytes.putLong(at, 0);
        }
        for (; at < end; at++) {
            bytes.put(at, (byte) 0);
        }
    }
}
