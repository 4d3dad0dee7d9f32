// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_write_out}: answer to WRITE and COPY_FILE_RANGE. */
public final class WriteReply extends Reply {
    static final int SIZE_AT = HEADER_SIZE;
    static final int SIZE = 8;

    WriteReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    /** Bytes written, which may be fewer than asked for. */
    public WriteReply written(int bytes) {
        frame.bytes.putInt(SIZE_AT, bytes);
        return this;
    }
}
