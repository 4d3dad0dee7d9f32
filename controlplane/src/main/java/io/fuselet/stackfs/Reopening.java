// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_NOFOLLOW;
import static io.fuselet.sys.Open.O_PATH;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.FileHandle;
import io.fuselet.sys.Stat;

/**
 * Opens again a node whose descriptor was closed: by file handle, which names exactly that object, or by parent and
 * name, after which it is checked to be the same object.
 */
final class Reopening {
    /** Most directories on the way, PATH_MAX / 2: names that were moved below us could form a circle. */
    private static final int MAX_DEPTH = 2048;

    /** A readable descriptor on the mount that file handles are of. */
    private final int mountFd;

    Reopening(int mountFd) {
        this.mountFd = mountFd;
    }

    /**
     * An O_PATH descriptor of the node, the caller's to close.
     *
     * @throws ErrnoException ESTALE if the object is gone, or is not where it was and has no file handle
     */
    int open(Node node, Descriptors descriptors, int depth) {
        FileHandle handle = node.handle();
        if (handle != null) {
            return descriptors.open(() -> handle.open(mountFd, O_PATH | O_NOFOLLOW));
        }
        Location location = node.location();
        if (location == null || depth == MAX_DEPTH) {
            throw new ErrnoException("openat", Errno.ESTALE);
        }
        try (Pin parent = descriptors.pin(location.parent(), depth + 1)) {
            int dir = parent.fd();
            return checked(node, descriptors.open(() -> openName(dir, location.name())));
        }
    }

    private static int openName(int dir, byte[] name) {
        try {
            return FileCalls.openat(dir, name, O_PATH | O_NOFOLLOW, 0);
        } catch (ErrnoException e) {
            boolean gone = e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR;
            throw gone ? new ErrnoException(e.call(), Errno.ESTALE) : e;
        }
    }

    private static int checked(Node node, int fd) {
        try {
            if (node.matches(Stat.of(fd))) {
                return fd;
            }
        } catch (ErrnoException e) {
            FileCalls.close(fd);
            throw e;
        }
        FileCalls.close(fd);
        throw new ErrnoException("openat", Errno.ESTALE);
    }
}
