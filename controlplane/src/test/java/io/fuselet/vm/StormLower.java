// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.MountCalls;
import java.nio.file.Files;
import java.nio.file.Path;

/** One of the guest's scratch file systems, which can be unmounted if nothing holds on to it. */
record StormLower(Path path, String type, String device) {
    static StormLower of(String type) throws Exception {
        Path path = Path.of("/scratch", type);
        assumeTrue(Files.isDirectory(path), "needs a scratch file system on " + path);
        String device = Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .map(line -> line.split(" "))
                .filter(fields -> fields[1].equals(path.toString()))
                .map(fields -> fields[0])
                .findFirst()
                .orElseThrow();
        return new StormLower(path, type, device);
    }

    /** Takes it out of the tree and puts it back; a tmpfs is empty afterwards. */
    void mountAgain() throws InterruptedException {
        // The kernel gives back what a dead process held shortly after it is gone.
        Waiting.until(() -> {
            try {
                MountCalls.umount2(path.toString(), 0);
                return true;
            } catch (ErrnoException e) {
                return false;
            }
        }, "something still holds on to " + path);
        MountCalls.mount(device, path.toString(), type, 0, null);
    }

    boolean keepsContent() {
        return !type.equals("tmpfs");
    }
}
