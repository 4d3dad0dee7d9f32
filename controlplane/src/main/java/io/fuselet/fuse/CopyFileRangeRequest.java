// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** COPY_FILE_RANGE: {@code struct fuse_copy_file_range_in}. The source is {@link #nodeId()}. */
public final class CopyFileRangeRequest extends Request {
    static final int FH_IN = HEADER_SIZE;
    static final int OFF_IN = FH_IN + 8;
    static final int NODEID_OUT = OFF_IN + 8;
    static final int FH_OUT = NODEID_OUT + 8;
    static final int OFF_OUT = FH_OUT + 8;
    static final int LEN_AT = OFF_OUT + 8;
    static final int FLAGS = LEN_AT + 8;
    static final int SIZE = FLAGS + 8;

    CopyFileRangeRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** Handle of the source. */
    public long fhIn() {
        return u64(FH_IN);
    }

    /** Where in the source to begin, in bytes. */
    public long offsetIn() {
        return u64(OFF_IN);
    }

    /** The node to write to. */
    public long nodeIdOut() {
        return u64(NODEID_OUT);
    }

    /** Handle of the node to write to. */
    public long fhOut() {
        return u64(FH_OUT);
    }

    /** Where in it to begin, in bytes. */
    public long offsetOut() {
        return u64(OFF_OUT);
    }

    /** Most bytes to copy. */
    public long length() {
        return u64(LEN_AT);
    }

    /** Flags of copy_file_range(2), which has none yet. */
    public long flags() {
        return u64(FLAGS);
    }
}
