// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_bmap_out}: answer to BMAP. */
public final class BmapReply extends Reply {
    static final int BLOCK = HEADER_SIZE;
    static final int SIZE = 8;

    BmapReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    /** Block of the device. */
    public BmapReply block(long block) {
        frame.bytes.putLong(BLOCK, block);
        return this;
    }
}
