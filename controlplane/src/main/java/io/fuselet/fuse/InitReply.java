// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * INIT's answer, {@code struct fuse_init_out}, as the owner of the file system wishes it. Values are brought into what the
 * kernel accepts when it is written.
 */
public final class InitReply {
    /** Largest WRITE the server's buffers are made for unless asked for another: 1 MiB, the kernel's own limit (256 pages). */
    public static final int DEFAULT_MAX_WRITE = 1 << 20;

    /** {@code max_pages} has 16 bits. */
    static final int MOST_MAX_WRITE = 0xffff * Frame.PAGE_SIZE;

    private long flags;
    private int maxReadahead;
    private int maxWrite = DEFAULT_MAX_WRITE;
    private int maxBackground;
    private int congestionThreshold;
    private int timeGranularity = 1;
    private int maxStackDepth;

    InitReply(InitRequest request) {
        maxReadahead = request.maxReadahead();
        flags = InitFlags.INIT_EXT | InitFlags.MAX_PAGES | InitFlags.BIG_WRITES;
    }

    /** Flags wanted so far; those that the kernel did not offer are left out of what is sent. */
    public long flags() {
        return flags;
    }

    /** Adds flags of {@link InitFlags}. {@code INIT_EXT}, {@code MAX_PAGES} and {@code BIG_WRITES} are there from the start. */
    public InitReply want(long more) {
        flags |= more;
        return this;
    }

    /** Takes flags away again. */
    public InitReply refuse(long unwanted) {
        flags &= ~unwanted;
        return this;
    }

    public int maxReadahead() {
        return maxReadahead;
    }

    /** Most bytes that the kernel reads ahead; what it asked for from the start, and never more than that. */
    public InitReply maxReadahead(int bytes) {
        maxReadahead = bytes;
        return this;
    }

    public int maxWrite() {
        return maxWrite;
    }

    /** Most bytes of one WRITE and, rounded up to pages, of one READ: from a page to 65535 pages. */
    public InitReply maxWrite(int bytes) {
        check("max_write", bytes, Frame.PAGE_SIZE, MOST_MAX_WRITE);
        maxWrite = bytes;
        return this;
    }

    public int maxBackground() {
        return maxBackground;
    }

    public int congestionThreshold() {
        return congestionThreshold;
    }

    /** Most background requests at a time, and from how many on the kernel holds back; 0 leaves each to the kernel (12 and 9). */
    public InitReply background(int max, int congestion) {
        check("max_background", max, 0, 0xffff);
        check("congestion_threshold", congestion, 0, 0xffff);
        maxBackground = max;
        congestionThreshold = congestion;
        return this;
    }

    public int timeGranularity() {
        return timeGranularity;
    }

    /** Granularity of timestamps in nanoseconds, 1 to 1000000000; 1 from the start. */
    public InitReply timeGranularity(int nanos) {
        check("time_gran", nanos, 1, 1_000_000_000);
        timeGranularity = nanos;
        return this;
    }

    public int maxStackDepth() {
        return maxStackDepth;
    }

    /**
     * How deep file systems may be stacked below, 1 or 2 ({@code FILESYSTEM_MAX_STACK_DEPTH}): a backing file's own file system
     * must be less deep than this. Needed with, and sent only with, {@link InitFlags#PASSTHROUGH}.
     */
    public InitReply maxStackDepth(int depth) {
        check("max_stack_depth", depth, 0, 2);
        maxStackDepth = depth;
        return this;
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", not from " + least + " to " + most);
        }
    }
}
