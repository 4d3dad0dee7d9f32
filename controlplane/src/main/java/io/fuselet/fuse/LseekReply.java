// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_lseek_out}: answer to LSEEK. */
public final class LseekReply extends Reply {
    static final int OFFSET = HEADER_SIZE;
    static final int SIZE = 8;

    LseekReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    /** Where the data or hole begins, in bytes. */
    public LseekReply offset(long offset) {
        frame.bytes.putLong(OFFSET, offset);
        return this;
    }
}
