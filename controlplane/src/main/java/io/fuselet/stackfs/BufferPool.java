// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.NativeBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/** Buffers of one size that are used again: memory outside the heap is slow to get and waits for the collector. */
final class BufferPool {
    private final int size;
    private final ArrayBlockingQueue<NativeBuffer> idle;

    /**
     * @param size of each buffer, in bytes
     * @param kept how many are kept while nobody uses them
     */
    BufferPool(int size, int kept) {
        this.size = size;
        this.idle = new ArrayBlockingQueue<>(kept);
    }

    NativeBuffer take() {
        NativeBuffer buffer = idle.poll();
        return buffer == null ? NativeBuffer.allocate(size) : buffer;
    }

    void giveBack(NativeBuffer buffer) {
        idle.offer(buffer);
    }
}
