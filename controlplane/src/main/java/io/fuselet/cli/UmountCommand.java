// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.Machine;
import io.fuselet.extension.Privileges;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.MountCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Unmounts, whether the daemon lives or not. */
@Command(
        name = "umount",
        mixinStandardHelpOptions = true,
        description = "Unmounts a FUSE file system, also one whose daemon has died.")
final class UmountCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint;

    @Option(names = "--lazy", description = "Take it out of the tree now and let those who use it finish.")
    private boolean lazy;

    @Override
    public Integer call() throws Exception {
        Mounted.at(mountPoint);
        Path path = Mounted.path(mountPoint);
        if (Privileges.ofThisThread().sysAdmin()) {
            unmount(path);
        } else {
            unmountThroughHelper(path);
        }
        return ExitCode.OK;
    }

    private void unmount(Path path) throws UserError {
        try {
            MountCalls.umount2(path.toString(), MountCalls.UMOUNT_NOFOLLOW | (lazy ? MountCalls.MNT_DETACH : 0));
        } catch (ErrnoException e) {
            throw refused(e.errno() == Errno.EBUSY ? "it is in use; close what is open below it, or use --lazy" : Errno.describe(e.errno()));
        }
    }

    private void unmountThroughHelper(Path path) throws UserError, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Machine.FUSERMOUNT, "-u"));
        if (lazy) {
            command.add("-z");
        }
        command.addAll(List.of("--", path.toString()));
        try {
            Process helper = new ProcessBuilder(command).redirectErrorStream(true).start();
            helper.getOutputStream().close();
            String said = new String(helper.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (helper.waitFor() != 0) {
                throw refused(said);
            }
        } catch (IOException e) {
            throw new UserError(ExitCode.ENVIRONMENT, "cannot run " + Machine.FUSERMOUNT + "; install the package fuse3, or unmount as root");
        }
    }

    private UserError refused(String reason) {
        return new UserError(ExitCode.REFUSED, "cannot unmount " + mountPoint + ": " + reason);
    }
}
