// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** BMAP: {@code struct fuse_bmap_in}. Sent only to file systems on a block device. */
public final class BmapRequest extends Request {
    static final int BLOCK = HEADER_SIZE;
    static final int BLOCKSIZE = BLOCK + 8;
    static final int SIZE = BLOCKSIZE + 8;

    BmapRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** Block of the file. */
    public long block() {
        return u64(BLOCK);
    }

    /** Bytes of a block. */
    public int blockSize() {
        return u32(BLOCKSIZE);
    }
}
