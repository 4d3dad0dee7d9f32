// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

/** File type and permission bits of st_mode ({@code linux/stat.h}), and directory entry types. */
public final class Mode {
    public static final int S_IFMT = 0170000;
    public static final int S_IFSOCK = 0140000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFIFO = 0010000;
    public static final int S_ISUID = 04000;
    public static final int S_ISGID = 02000;
    public static final int S_ISVTX = 01000;
    /** Permissions with set-id and sticky bits. */
    public static final int PERMISSIONS = 07777;

    private Mode() {}

    public static boolean isRegular(int mode) {
        return (mode & S_IFMT) == S_IFREG;
    }

    public static boolean isDirectory(int mode) {
        return (mode & S_IFMT) == S_IFDIR;
    }

    public static boolean isSymlink(int mode) {
        return (mode & S_IFMT) == S_IFLNK;
    }

    public static boolean isCharacterDevice(int mode) {
        return (mode & S_IFMT) == S_IFCHR;
    }

    /** The d_type of readdir(3) for a mode ({@code linux/fs_types.h}). */
    public static int directoryType(int mode) {
        return (mode & S_IFMT) >>> 12;
    }
}
