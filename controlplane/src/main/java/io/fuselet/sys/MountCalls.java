// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

/** mount(2) and kin. Every method throws {@link ErrnoException}. */
public final class MountCalls {
    public static final long MS_RDONLY = 1;
    public static final long MS_NOSUID = 2;
    public static final long MS_NODEV = 4;
    public static final long MS_NOEXEC = 8;
    public static final long MS_REMOUNT = 32;
    public static final long MS_NOATIME = 1024;
    public static final long MS_BIND = 4096;
    public static final long MS_REC = 16384;
    public static final long MS_PRIVATE = 1 << 18;

    public static final int MNT_FORCE = 1;
    public static final int MNT_DETACH = 2;
    public static final int UMOUNT_NOFOLLOW = 8;

    public static final int CLONE_NEWNS = 0x20000;
    public static final int CLONE_FS = 0x200;

    private MountCalls() {}

    /** mount(2); {@code data} may be null. */
    public static void mount(String source, String target, String type, long flags, String data) {
        check("mount", LIBC.mount(CString.of(source), CString.of(target), CString.of(type), flags, CString.of(data)));
    }

    public static void umount2(String target, int flags) {
        check("umount2", LIBC.umount2(CString.of(target), flags));
    }

    public static void unshare(int flags) {
        check("unshare", LIBC.unshare(flags));
    }
}
