// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

/**
 * Extended attributes of what an O_PATH descriptor stands for. The f*xattr calls refuse such descriptors, so these
 * go by /proc/self/fd, whose links lead to the very object, not through its name. A symbolic link's own attributes
 * cannot be reached that way: EOPNOTSUPP is the caller's to answer.
 */
public final class XattrCalls {
    public static final int XATTR_CREATE = 1;
    public static final int XATTR_REPLACE = 2;

    private XattrCalls() {}

    /** Value size with {@code size} 0, else the bytes stored at {@code address}; ERANGE, ENODATA. */
    public static int get(int fd, byte[] name, long address, int size) {
        return (int) check("getxattr", LIBC.getxattr(ProcFd.path(fd), name, address, size));
    }

    /** Size of the list with {@code size} 0, else the bytes stored at {@code address}. */
    public static int list(int fd, long address, int size) {
        return (int) check("listxattr", LIBC.listxattr(ProcFd.path(fd), address, size));
    }

    public static void set(int fd, byte[] name, long address, int size, int flags) {
        check("setxattr", LIBC.setxattr(ProcFd.path(fd), name, address, size, flags));
    }

    public static void remove(int fd, byte[] name) {
        check("removexattr", LIBC.removexattr(ProcFd.path(fd), name));
    }
}
