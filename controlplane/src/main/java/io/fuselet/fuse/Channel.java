// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** Where requests come from and replies go: a {@code /dev/fuse} descriptor. */
interface Channel extends AutoCloseable {
    /**
     * Waits for one request and sets {@code in.length}.
     *
     * @throws io.fuselet.sys.ErrnoException {@code ENODEV} after unmounting, {@code ECONNABORTED} after an abort,
     *     {@code EINTR}, {@code EAGAIN} and {@code ENOENT} when reading again is right
     */
    void read(Frame in);

    /**
     * Sends the {@code out.length} bytes of one reply or notification.
     *
     * @throws io.fuselet.sys.ErrnoException {@code ENOENT} if the kernel no longer waits for it
     */
    void write(Frame out);

    @Override
    void close();
}
