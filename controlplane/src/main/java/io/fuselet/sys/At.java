// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

/** Flags of the *at() calls ({@code linux/fcntl.h}). */
public final class At {
    /** In place of a directory descriptor: the working directory. */
    public static final int AT_FDCWD = -100;

    public static final int AT_SYMLINK_NOFOLLOW = 0x100;
    public static final int AT_REMOVEDIR = 0x200;
    public static final int AT_SYMLINK_FOLLOW = 0x400;
    public static final int AT_NO_AUTOMOUNT = 0x800;
    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int AT_STATX_FORCE_SYNC = 0x2000;
    public static final int AT_STATX_DONT_SYNC = 0x4000;

    /** renameat2(2) flags ({@code linux/fs.h}). */
    public static final int RENAME_NOREPLACE = 1;

    public static final int RENAME_EXCHANGE = 2;
    public static final int RENAME_WHITEOUT = 4;

    private At() {}
}
