// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * INIT: {@code struct fuse_init_in}, the first request of a connection. Values are copied, so that it stays valid.
 *
 * @param major protocol major version of the kernel
 * @param minor protocol minor version of the kernel
 * @param maxReadahead most bytes that the kernel reads ahead
 * @param flags what the kernel offers, see {@link InitFlags}
 */
public record InitRequest(int major, int minor, int maxReadahead, long flags) {
    static final int MAJOR = Request.HEADER_SIZE;
    static final int MINOR = MAJOR + 4;
    static final int MAX_READAHEAD = MINOR + 4;
    static final int FLAGS = MAX_READAHEAD + 4;
    static final int FLAGS2 = FLAGS + 4;
    static final int COMPAT_END = FLAGS2;
    static final int SIZE = FLAGS2 + 4 + 44;

    /** Whether all of {@code wanted} are offered. */
    public boolean offers(long wanted) {
        return (flags & wanted) == wanted;
    }
}
