// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.BpfException;
import io.fuselet.broker.Machine;
import io.fuselet.extension.Extension;
import io.fuselet.extension.Privileges;
import io.fuselet.extension.StackMountOptions;
import io.fuselet.extension.Tier;
import io.fuselet.extension.Timeouts;
import io.fuselet.fuse.MountOptions;
import io.fuselet.stackfs.StackOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the user gave to {@code mount}, checked before anything is done. */
record MountArguments(Path source, Path mountPoint, Path object, int threads, double entryTimeout, double attrTimeout, Locks locks) {
    /** A day: as good as for ever, and far from the limits of a 64-bit number of nanoseconds. */
    private static final double MOST_SECONDS = 86_400;
    private static final int MOST_THREADS = 1024;

    /** @throws UserError naming the first thing that is wrong */
    StackMountOptions check(MountOptions mountOptions, Tier cap, boolean count) throws UserError {
        checkNumbers();
        checkLocks(cap);
        Path tree = directory(source, "source");
        Path target = absolute(mountPoint);
        checkMountPoint(target);
        if (target.startsWith(tree) && !target.equals(tree)) {
            throw usage("mount point " + mountPoint + " lies inside the source " + source + "; choose a directory outside of it");
        }
        checkDevice();
        checkObject();
        return new StackMountOptions(
                tree,
                target,
                mountOptions.source(tree.toString()),
                StackOptions.DEFAULT.withTimeouts(entryTimeout, attrTimeout).withRemoteLocks(locks == Locks.REMOTE),
                cap,
                Installation.objects(),
                object == null ? null : absolute(object),
                threads,
                count);
    }

    private void checkNumbers() throws UserError {
        if (threads < 1 || threads > MOST_THREADS) {
            throw usage("--threads is " + threads + "; give a number from 1 to " + MOST_THREADS);
        }
        checkTimeout("--entry-timeout", entryTimeout);
        checkTimeout("--attr-timeout", attrTimeout);
    }

    /** Under an extension the kernel keeps locks itself, also of files that it has opened without asking. */
    private void checkLocks(Tier cap) throws UserError {
        if (locks == Locks.REMOTE && cap == Tier.EXTENSION) {
            throw usage("--locks remote does not go with the extension tier; add --tier passthrough");
        }
    }

    private static void checkTimeout(String option, double seconds) throws UserError {
        if (!(seconds >= 0 && seconds <= MOST_SECONDS)) {
            throw usage(option + " is " + seconds + "; give seconds from 0 to " + (int) MOST_SECONDS);
        }
    }

    private static void checkDevice() throws UserError {
        if (Files.notExists(Machine.DEVICE)) {
            throw new UserError(ExitCode.ENVIRONMENT, "no " + Machine.DEVICE + "; load the kernel module with 'modprobe fuse'");
        }
        if (!Privileges.ofThisThread().sysAdmin() && !Machine.onPath(Machine.FUSERMOUNT)) {
            throw new UserError(ExitCode.ENVIRONMENT, "no " + Machine.FUSERMOUNT + " to mount with; install the package fuse3, or mount as root");
        }
    }

    private static void checkMountPoint(Path target) throws UserError {
        if (Files.notExists(target)) {
            throw usage("mount point " + target + " does not exist; make the directory first");
        }
        if (Files.isRegularFile(target)) {
            throw usage("mount point " + target + " is not a directory; give one");
        }
    }

    private void checkObject() throws UserError {
        if (object == null) {
            return;
        }
        if (!Privileges.ofThisThread().bpf()) {
            throw usage("--object is for root; leave it out or run as root");
        }
        try {
            Extension.read(absolute(object), Timeouts.NONE);
        } catch (BpfException e) {
            throw new UserError(ExitCode.OBJECT, e.getMessage());
        }
    }

    private static Path directory(Path given, String what) throws UserError {
        Path path = absolute(given);
        if (Files.notExists(path)) {
            throw usage(what + " " + given + " does not exist; give a directory");
        }
        if (!Files.isDirectory(path)) {
            throw usage(what + " " + given + " is not a directory; give one");
        }
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw usage(what + " " + given + " cannot be resolved: " + e.getMessage());
        }
    }

    private static Path absolute(Path given) {
        return Installation.workingDirectory().resolve(given).normalize();
    }

    private static UserError usage(String message) {
        return new UserError(ExitCode.USAGE, message);
    }
}
