// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import java.nio.charset.StandardCharsets;

/** Paths under /proc that lead to what an open descriptor stands for, without a walk by name. */
public final class ProcFd {
    private ProcFd() {}

    /** {@code /proc/self/fd/<fd>}, NUL-terminated. */
    public static byte[] path(int fd) {
        return CString.of(("/proc/self/fd/" + fd).getBytes(StandardCharsets.US_ASCII));
    }

    /** Opens anew what {@code fd}, an O_PATH descriptor perhaps, stands for. */
    public static int reopen(int fd, int flags) {
        return FileCalls.openat(At.AT_FDCWD, path(fd), flags & ~Open.O_NOFOLLOW, 0);
    }
}
