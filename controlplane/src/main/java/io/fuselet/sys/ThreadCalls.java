// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

import java.nio.ByteBuffer;

/**
 * Credentials of the calling thread alone. To the kernel credentials belong to a thread; the C library makes
 * setgroups(2) and setresuid(2) change every thread of the process, so these go by syscall(2).
 */
public final class ThreadCalls {
    /** Bits of a capability set ({@code linux/capability.h}). */
    public static final int CAP_DAC_OVERRIDE = 1;

    public static final int CAP_DAC_READ_SEARCH = 2;
    public static final int CAP_FSETID = 4;
    public static final int CAP_SETGID = 6;
    public static final int CAP_SETUID = 7;
    public static final int CAP_SYS_ADMIN = 21;
    public static final int CAP_SYS_RESOURCE = 24;
    public static final int CAP_BPF = 39;

    private static final int CAPABILITY_VERSION_3 = 0x20080522;

    private ThreadCalls() {}

    public static int gettid() {
        return (int) LIBC.syscall(Syscall.GETTID, 0, 0, 0);
    }

    /** Sets the uid for file system checks and ownership, and returns the one before. It cannot report failure. */
    public static int setfsuid(int uid) {
        return (int) LIBC.syscall(Syscall.SETFSUID, uid, 0, 0);
    }

    /** Sets the gid for file system checks and ownership, and returns the one before. It cannot report failure. */
    public static int setfsgid(int gid) {
        return (int) LIBC.syscall(Syscall.SETFSGID, gid, 0, 0);
    }

    /** Sets the supplementary groups of this thread. */
    public static void setgroups(int... groups) {
        NativeBuffer list = NativeBuffer.allocate(Math.max(4, groups.length * 4));
        for (int i = 0; i < groups.length; i++) {
            list.bytes().putInt(i * 4, groups[i]);
        }
        check("setgroups", LIBC.syscall(Syscall.SETGROUPS, groups.length, list.address(), 0));
    }

    /** Sets real, effective and saved uid of this thread. */
    public static void setresuid(int uid) {
        check("setresuid", LIBC.syscall(Syscall.SETRESUID, uid, uid, uid));
    }

    /** Sets real, effective and saved gid of this thread. */
    public static void setresgid(int gid) {
        check("setresgid", LIBC.syscall(Syscall.SETRESGID, gid, gid, gid));
    }

    /** This thread's effective capabilities, bit n for capability n. */
    public static long effectiveCapabilities() {
        ByteBuffer data = capget().bytes();
        return Integer.toUnsignedLong(data.getInt(8)) | Integer.toUnsignedLong(data.getInt(20)) << 32;
    }

    public static boolean hasCapability(int capability) {
        return (effectiveCapabilities() >>> capability & 1) != 0;
    }

    /** Sets this thread's effective capabilities; they must be among the permitted ones, which stay. */
    public static void setEffectiveCapabilities(long capabilities) {
        NativeBuffer buffer = capget();
        buffer.bytes().putInt(8, (int) capabilities).putInt(20, (int) (capabilities >>> 32));
        check("capset", LIBC.syscall(Syscall.CAPSET, buffer.address(), buffer.address() + 8, 0));
    }

    /**
     * <pre>
     *  0       4   8         12        16          20        24        28          32
     *  version pid effective permitted inheritable effective permitted inheritable
     *              ---- capabilities 0 to 31 ----  ---- capabilities 32 to 63 ---
     * </pre>
     */
    private static NativeBuffer capget() {
        NativeBuffer buffer = NativeBuffer.scratch();
        buffer.bytes().putInt(0, CAPABILITY_VERSION_3).putInt(4, 0);
        check("capget", LIBC.syscall(Syscall.CAPGET, buffer.address(), buffer.address() + 8, 0));
        return buffer;
    }
}
