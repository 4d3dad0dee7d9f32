// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.ProcessCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Where sockets are. */
public final class Sockets {
    /** The broker's, unless it is told otherwise. */
    public static final Path BROKER = Path.of("/run/fuselet.sock");

    private Sockets() {}

    /** Of the mount process that serves a connection, in a directory that only its user may enter. */
    public static Path ofMount(int connection) {
        return ofMounts().resolve(connection + ".sock");
    }

    /** Makes the directory of {@link #ofMount} unless it is there. */
    public static void makeDirectory() throws IOException {
        Files.createDirectories(ofMounts(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static Path ofMounts() {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        boolean root = ProcessCalls.geteuid() == 0;
        Path base = root ? Path.of("/run") : Path.of(runtime == null ? System.getProperty("java.io.tmpdir") : runtime);
        return base.resolve(root || runtime != null ? "fuselet" : "fuselet-" + System.getProperty("user.name"));
    }
}
