// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_open_out}: answer to OPEN and OPENDIR, and part of that to CREATE and TMPFILE. */
public final class OpenReply extends Reply {
    /** {@code FOPEN_DIRECT_IO}: bypass the page cache. */
    public static final int DIRECT_IO = 1 << 0;
    /** {@code FOPEN_KEEP_CACHE}: what is cached of the node stays valid. */
    public static final int KEEP_CACHE = 1 << 1;
    /** {@code FOPEN_NONSEEKABLE}: the file cannot seek. */
    public static final int NONSEEKABLE = 1 << 2;
    /** {@code FOPEN_CACHE_DIR}: the directory's entries may be cached. */
    public static final int CACHE_DIR = 1 << 3;
    /** {@code FOPEN_STREAM}: the file has no position. */
    public static final int STREAM = 1 << 4;
    /** {@code FOPEN_NOFLUSH}: no FLUSH at close(2). */
    public static final int NOFLUSH = 1 << 5;
    /** {@code FOPEN_PARALLEL_DIRECT_WRITES}: direct writes may run beside each other. */
    public static final int PARALLEL_DIRECT_WRITES = 1 << 6;
    /** {@code FOPEN_PASSTHROUGH}: reads and writes go to the backing file of {@link #backingId}. */
    public static final int PASSTHROUGH = 1 << 7;

    static final int FH = 0;
    static final int OPEN_FLAGS = FH + 8;
    static final int BACKING_ID = OPEN_FLAGS + 4;
    static final int SIZE = BACKING_ID + 4;

    private final int base;

    OpenReply(Exchange exchange, int offset) {
        super(exchange);
        base = HEADER_SIZE + offset;
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    /**
     * Handle that comes with every later request on this open file. Not 0 on a connection that accepted
     * {@link InitFlags#BPF}, where 0 stands for a file that the kernel opened itself.
     */
    public OpenReply fh(long fh) {
        frame.bytes.putLong(base + FH, fh);
        return this;
    }

    /** Combination of this class's flags; replaces those set before. */
    public OpenReply flags(int flags) {
        frame.bytes.putInt(base + OPEN_FLAGS, flags);
        return this;
    }

    /** Adds {@link #PASSTHROUGH} to the flags, to the file that {@link BackingFiles#open} gave this number. */
    public OpenReply backingId(int backingId) {
        frame.bytes.putInt(base + BACKING_ID, backingId);
        return flags(frame.bytes.getInt(base + OPEN_FLAGS) | PASSTHROUGH);
    }
}
