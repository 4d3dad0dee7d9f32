// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.EventHub;
import io.fuselet.broker.Json;
import io.fuselet.extension.StackMount;
import io.fuselet.extension.StackMountOptions;
import io.fuselet.fuse.Ending;
import io.fuselet.fuse.MountException;
import io.fuselet.sys.ErrnoException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One mount from mounting to its end, which comes by unmounting, an abort, or a signal to this process. */
final class MountRun {
    /** How long a signalled process waits for files that are still open before it leaves them with ENOTCONN. */
    private static final long LAST_USERS_SECONDS = 2;
    private static final long MOUNTING_SECONDS = 30;

    private final StackMountOptions options;
    private final MountReport report;
    private final PrintWriter out;
    private final Path stats;
    private final EventHub events;
    private final CountDownLatch decided = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile StackMount mount;

    /**
     * @param stats where to write the final counters, null for nowhere
     * @param events what {@code fuselet events} is told
     */
    MountRun(StackMountOptions options, MountReport report, PrintWriter out, Path stats, EventHub events) {
        this.options = options;
        this.report = report;
        this.out = out;
        this.stats = stats;
        this.events = events;
    }

    /** @return the exit code */
    int run() throws Exception {
        Thread hook = new Thread(this::endOnSignal, "fuselet-end");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            mount();
            return serve();
        } finally {
            decided.countDown();
            ended.countDown();
            remove(hook);
        }
    }

    private void mount() throws UserError {
        try {
            mount = StackMount.mount(options);
        } catch (MountException e) {
            throw new UserError(ExitCode.REFUSED, e.getMessage());
        } catch (IOException | ErrnoException e) {
            throw new UserError(ExitCode.FAILURE, "cannot serve " + options.source() + ": " + e.getMessage());
        } finally {
            decided.countDown();
        }
    }

    private int serve() throws Exception {
        Ending ending;
        try (MountSocket socket = MountSocket.open(options, mount, events)) {
            mount.start();
            out.println(report.of(options, mount));
            out.flush();
            Background.ready();
            ending = mount.awaitEnd();
            writeStats();
        } finally {
            mount.close();
        }
        return ending == Ending.UNMOUNTED ? ExitCode.OK : ExitCode.ABORTED;
    }

    private void writeStats() throws IOException {
        if (stats != null) {
            Files.writeString(Installation.workingDirectory().resolve(stats), Json.line(Status.of(options, mount).toMap()) + "\n");
        }
    }

    /**
     * Runs when the JVM has been told to end. It unmounts, lets the main thread clean up, and ends the process with code 0: a signal is
     * the ordinary way to end a mount.
     */
    private void endOnSignal() {
        try {
            boolean settled = decided.await(MOUNTING_SECONDS, TimeUnit.SECONDS);
            if (settled && mount != null) {
                mount.unmount();
                ended.await(LAST_USERS_SECONDS, TimeUnit.SECONDS);
            }
            Runtime.getRuntime().halt(ExitCode.OK);
        } catch (MountException | InterruptedException e) {
            System.err.println("fuselet: " + e.getMessage());
            Runtime.getRuntime().halt(ExitCode.REFUSED);
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook is running: it is what has ended the mount, and it ends the process.
            return;
        }
    }
}
