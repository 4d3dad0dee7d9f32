// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

/** Calls on the process as a whole. */
public final class ProcessCalls {
    /** {@code linux/resource.h}. */
    public static final int RLIMIT_NOFILE = 7;

    public static final int RLIMIT_MEMLOCK = 8;
    public static final long RLIM_INFINITY = -1L;

    public static final int PR_SET_DUMPABLE = 4;
    public static final int PR_SET_NO_NEW_PRIVS = 38;

    public static final int SIGTERM = 15;
    public static final int SIGKILL = 9;

    private ProcessCalls() {}

    public static int getpid() {
        return LIBC.getpid();
    }

    public static int getuid() {
        return LIBC.getuid();
    }

    public static int geteuid() {
        return LIBC.geteuid();
    }

    public static int getgid() {
        return LIBC.getgid();
    }

    public static int getegid() {
        return LIBC.getegid();
    }

    public static int prctl(int option, long a, long b, long c, long d) {
        return check("prctl", LIBC.prctl(option, a, b, c, d));
    }

    /** Sets the file mode creation mask of the process and returns the one before. */
    public static int umask(int mask) {
        return LIBC.umask(mask);
    }

    /** Soft limit of a resource; {@link #RLIM_INFINITY} for none. */
    public static long softLimit(int resource) {
        return limits(resource).bytes().getLong(0);
    }

    /** Hard limit of a resource; {@link #RLIM_INFINITY} for none. */
    public static long hardLimit(int resource) {
        return limits(resource).bytes().getLong(8);
    }

    public static void setLimit(int resource, long soft, long hard) {
        NativeBuffer limits = NativeBuffer.scratch();
        limits.bytes().putLong(0, soft).putLong(8, hard);
        check("setrlimit", LIBC.setrlimit(resource, limits.address()));
    }

    public static void kill(int pid, int signal) {
        check("kill", LIBC.kill(pid, signal));
    }

    /**
     * Waits for a child and returns its status as wait(2) encodes it, or -1 where {@code options} has WNOHANG (1)
     * and the child still runs.
     */
    public static int waitpid(int pid, int options) {
        int[] status = new int[1];
        int waited;
        do {
            waited = LIBC.waitpid(pid, status, options);
        } while (waited < 0 && Native.RUNTIME.getLastError() == Errno.EINTR);
        return check("waitpid", waited) == 0 ? -1 : status[0];
    }

    private static NativeBuffer limits(int resource) {
        NativeBuffer limits = NativeBuffer.scratch();
        check("getrlimit", LIBC.getrlimit(resource, limits.address()));
        return limits;
    }
}
