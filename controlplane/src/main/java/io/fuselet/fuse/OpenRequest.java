// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** OPEN and OPENDIR: {@code struct fuse_open_in}. */
public final class OpenRequest extends Request {
    /** {@code FUSE_OPEN_KILL_SUIDGID}: set-id bits go ({@link InitFlags#HANDLE_KILLPRIV_V2} with O_TRUNC). */
    public static final int KILL_SUIDGID = 1;

    static final int FLAGS = HEADER_SIZE;
    static final int OPEN_FLAGS = FLAGS + 4;
    static final int SIZE = OPEN_FLAGS + 4;

    OpenRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** Flags of open(2), without O_CREAT, O_EXCL and O_NOCTTY; without O_TRUNC unless {@link InitFlags#ATOMIC_O_TRUNC}. */
    public int flags() {
        return u32(FLAGS);
    }

    /** {@link #KILL_SUIDGID} or 0. */
    public int openFlags() {
        return u32(OPEN_FLAGS);
    }
}
