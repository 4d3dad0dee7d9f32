// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.At;
import io.fuselet.sys.CString;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Stat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Checks of a directory before it is mounted on. */
final class MountPoint {
    private MountPoint() {
    }

    /**
     * The real path of a directory that can be mounted on.
     *
     * @throws MountException if it is missing, no directory, not reachable, or a FUSE mount already
     */
    static Path check(Path directory) throws MountException {
        Stat stat = stat(directory);
        if (!stat.isDirectory()) {
            throw new MountException("mount point " + directory + " is not a directory");
        }
        Path real = realPath(directory);
        Optional<MountTable.Entry> mounted = MountTable.read().at(real);
        if (mounted.isPresent() && mounted.get().isFuse()) {
            throw new MountException("mount point " + directory + " is busy: a file system of type " + mounted.get().type()
                    + " is mounted there; unmount it first");
        }
        return real;
    }

    private static Stat stat(Path directory) throws MountException {
        try {
            return Stat.at(At.AT_FDCWD, CString.of(directory.toString()), 0);
        } catch (ErrnoException e) {
            throw new MountException(switch (e.errno()) {
                case Errno.ENOENT -> "mount point " + directory + " does not exist: make the directory first";
                case Errno.ENOTDIR -> "mount point " + directory + " is not a directory";
                case Errno.ENOTCONN -> "mount point " + directory
                        + " is busy: a FUSE file system without a daemon is mounted there; unmount it first";
                default -> "mount point " + directory + " cannot be reached: " + Errno.describe(e.errno());
            });
        }
    }

    private static Path realPath(Path directory) throws MountException {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            throw new MountException("mount point " + directory + " cannot be resolved: " + e.getMessage());
        }
    }
}
