// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.fuse.MountException;
import io.fuselet.fuse.MountTable;
import java.nio.file.Path;
import java.util.Optional;

/** Finds mounts by their directory, without asking the file system there, which may be dead or stuck. */
final class Mounted {
    private Mounted() {}

    /** @throws UserError if no FUSE file system is mounted there */
    static MountTable.Entry at(Path mountPoint) throws UserError {
        Optional<MountTable.Entry> entry = find(path(mountPoint));
        if (entry.isEmpty()) {
            throw new UserError(ExitCode.USAGE, mountPoint + " is no mount point; see /proc/mounts for those that there are");
        }
        if (!entry.get().isFuse()) {
            throw new UserError(ExitCode.USAGE, mountPoint + " holds a file system of type " + entry.get().type() + "; this is for FUSE, type fuse");
        }
        return entry.get();
    }

    static Path path(Path mountPoint) {
        return Installation.workingDirectory().resolve(mountPoint).normalize();
    }

    private static Optional<MountTable.Entry> find(Path path) throws UserError {
        try {
            return MountTable.read().at(path);
        } catch (MountException e) {
            throw new UserError(ExitCode.ENVIRONMENT, e.getMessage());
        }
    }
}
