// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_ioctl_out}, then data for the caller: answer to IOCTL. */
public final class IoctlReply extends Reply {
    static final int RESULT = HEADER_SIZE;
    static final int SIZE = 16;

    private int capacity;

    IoctlReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    void begin(int outSize) {
        begin();
        capacity = Math.min(outSize, frame.capacity() - HEADER_SIZE - SIZE);
    }

    /** What ioctl(2) returns. */
    public IoctlReply result(int result) {
        frame.bytes.putInt(RESULT, result);
        return this;
    }

    /** Data for where the caller's argument points, at most {@link IoctlRequest#outSize()} bytes. */
    public IoctlReply data(byte[] data) {
        if (data.length > capacity) {
            throw new IllegalArgumentException(data.length + " bytes do not fit in " + capacity);
        }
        frame.bytes.put(HEADER_SIZE + SIZE, data);
        frame.length = HEADER_SIZE + SIZE + data.length;
        return this;
    }
}
