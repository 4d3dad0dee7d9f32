// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

/** Waiting, and descriptors that stand for no file. */
public final class EventCalls {
    public static final int POLLIN = 1;
    public static final int POLLOUT = 4;
    public static final int POLLERR = 8;
    public static final int POLLHUP = 16;
    public static final int EFD_NONBLOCK = 0x800;

    private EventCalls() {}

    /**
     * poll(2) of descriptors for POLLIN.
     *
     * @param timeoutMillis -1 to wait without limit
     * @return revents of each descriptor, all 0 after the timeout
     */
    public static int[] pollIn(int timeoutMillis, int... fds) {
        NativeBuffer pollfds = NativeBuffer.allocate(fds.length * 8);
        for (int i = 0; i < fds.length; i++) {
            pollfds.bytes().putInt(i * 8, fds[i]).putShort(i * 8 + 4, (short) POLLIN);
        }
        check("poll", LIBC.poll(pollfds.address(), fds.length, timeoutMillis));
        int[] revents = new int[fds.length];
        for (int i = 0; i < fds.length; i++) {
            revents[i] = pollfds.bytes().getShort(i * 8 + 6);
        }
        return revents;
    }

    /** eventfd(2), closed on exec. */
    public static int eventfd(int initial, int flags) {
        return check("eventfd", LIBC.eventfd(initial, flags | Open.O_CLOEXEC));
    }

    /** memfd_create(2), closed on exec (MFD_CLOEXEC is 1). */
    public static int memfd(String name) {
        return check("memfd_create", LIBC.memfd_create(CString.of(name), 1));
    }

    /** pipe2(2), closed on exec: read end, write end. */
    public static int[] pipe(int flags) {
        int[] fds = new int[2];
        check("pipe2", LIBC.pipe2(fds, flags | Open.O_CLOEXEC));
        return fds;
    }
}
