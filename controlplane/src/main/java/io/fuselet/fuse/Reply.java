// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * A reply under construction, in the buffer that goes to the kernel as it is.
 *
 * <pre>
 *  struct fuse_out_header                         (include/uapi/linux/fuse.h)
 *   0        4        8                16
 *  +--------+--------+----------------+--------------------------
 *  | len    | error  | unique         | body, by kind of reply
 *  +--------+--------+----------------+--------------------------
 * </pre>
 *
 * <p>Every field is 0 until set. A reply belongs to the thread that was handed it, until the method returns; it is not sent if
 * that method throws.
 */
public abstract class Reply {
    static final int LEN = 0;
    static final int ERROR = 4;
    static final int UNIQUE = 8;
    static final int HEADER_SIZE = 16;

    final Frame frame;

    Reply(Exchange exchange) {
        frame = exchange.out;
    }

    /** Makes this the empty reply to the request in {@code exchange}. */
    abstract void begin();

    final void beginFixed(int bodySize) {
        frame.zero(HEADER_SIZE, bodySize);
        frame.length = HEADER_SIZE + bodySize;
    }
}
