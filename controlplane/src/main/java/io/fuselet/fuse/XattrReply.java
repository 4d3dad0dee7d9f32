// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;

/**
 * Answer to GETXATTR and LISTXATTR: the value (or the names, each with a NUL), or where the caller asked with size 0,
 * {@code struct fuse_getxattr_out} with its size alone.
 */
public final class XattrReply extends Reply {
    static final int SIZE_AT = HEADER_SIZE;
    static final int SIZE = 8;

    private int limit;

    XattrReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    void begin(int callersRoom) {
        begin();
        limit = Math.min(callersRoom, frame.capacity() - HEADER_SIZE);
    }

    /** Whether only the size is asked for. */
    public boolean sizeOnly() {
        return limit == 0;
    }

    /** Most bytes of a value that fit; 0 if {@link #sizeOnly()}. */
    public int capacity() {
        return limit;
    }

    /** Address of the {@link #capacity()} bytes to fill. */
    public long address() {
        return frame.address + HEADER_SIZE;
    }

    /**
     * Says how long the value is: that many bytes at {@link #address()}, which are there unless {@link #sizeOnly()}.
     *
     * @throws ErrnoException {@code ERANGE} if the caller's room is smaller
     */
    public XattrReply length(int bytes) {
        if (sizeOnly()) {
            frame.bytes.putInt(SIZE_AT, bytes);
        } else if (bytes > limit) {
            throw new ErrnoException("getxattr", Errno.ERANGE);
        } else {
            frame.length = HEADER_SIZE + bytes;
        }
        return this;
    }

    /** Answers with {@code value}, or its size if {@link #sizeOnly()}. */
    public XattrReply value(byte[] value) {
        length(value.length);
        if (!sizeOnly()) {
            frame.bytes.put(HEADER_SIZE, value);
        }
        return this;
    }
}
