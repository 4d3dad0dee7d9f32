// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.MountCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * stress-ng's file-system stressors and writers that check what they were promised, while the extension is replaced, detached,
 * attached again and loses its map, round after round; each ends in another way: the daemon is killed, the mount is taken out of the
 * tree under load, the connection is aborted, the daemon is told to end. FUSELET_STORM_SECONDS and FUSELET_STORM_SEED set length and
 * dice.
 */
@Tag("vm")
@Timeout(3600)
class StormTest {
    private static final List<String> FILE_SYSTEMS = List.of("tmpfs", "ext4", "xfs");
    /** Stressors that work on files below one directory, with what keeps them small. */
    private static final List<String> STRESSORS = List.of("access", "chdir", "chmod", "chown", "copy-file", "dentry", "dir", "fallocate",
            "filename", "flock", "fpunch", "fstat", "getdent", "hdd", "iomix", "link", "lockf", "lockofd", "mknod", "open", "rename",
            "seek", "symlink", "sync-file", "touch", "utime", "xattr");
    private static final List<String> SMALL = List.of("--copy-file-bytes", "1M", "--dentries", "200", "--fallocate-bytes", "4M",
            "--hdd-bytes", "4M", "--iomix-bytes", "4M", "--seek-size", "1M", "--sync-file-bytes", "1M");
    private static final int AT_ONCE = 5;
    private static final int WRITERS = 2;
    private static final int SHORTEST_ROUND_SECONDS = 3;
    /** All file systems with all ends, twice. */
    private static final int ROUNDS_OF_A_LONG_STORM = 24;
    private static final int STRESS_END_SECONDS = 20;
    private static final int DEADLINE_SECONDS = 120;
    private static final int STRESS_TIMEOUT_SECONDS = 3600;

    private final int seconds = Integer.parseInt(System.getenv().getOrDefault("FUSELET_STORM_SECONDS", "20"));
    private final long seed = Long.parseLong(System.getenv().getOrDefault("FUSELET_STORM_SEED", String.valueOf(System.nanoTime())));
    private final Random random = new Random(seed);
    private final List<Process> processes = new ArrayList<>();

    @TempDir
    Path mountPoint;

    private enum End { KILLED, UNMOUNTED, ABORTED, TOLD }

    @AfterEach
    void endProcesses() throws Exception {
        processes.forEach(Process::destroyForcibly);
        Command.shell(mountPoint, "umount --lazy '" + mountPoint + "'");
    }

    @Test
    void nothingIsLostAndNothingHangs() throws Exception {
        System.out.println("storm: FUSELET_STORM_SEED=" + seed);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        int[] churned = new int[3];
        for (int round = 0; round < End.values().length || System.nanoTime() < end; round++) {
            String fileSystem = FILE_SYSTEMS.get(round % FILE_SYSTEMS.size());
            End how = End.values()[round % End.values().length];
            int[] counts = round(fileSystem, how);
            for (int i = 0; i < counts.length; i++) {
                churned[i] += counts[i];
            }
        }
        assertThat(churned).as("replaced, attached again, emptied").doesNotContain(0);
    }

    private int[] round(String fileSystem, End how) throws Exception {
        StormLower lower = StormLower.of(fileSystem);
        Path source = Files.createDirectory(lower.path().resolve("storm"));
        Files.createDirectory(source.resolve("stress"));
        List<Writer> writers = makeWriters(source);
        Daemon daemon = Daemon.mount(source, mountPoint);
        processes.add(daemon.process());
        assertThat(daemon.tier()).as(daemon.report().toString()).isEqualTo("extension");
        Process churn = start("/payload/guest/churn", mountPoint.toString(), source.toString(), String.valueOf(random.nextInt(1 << 30)));
        Process stress = stress();
        CompletableFuture<String> said = Command.collect(churn.getInputStream());
        CompletableFuture<String> complaints = Command.collect(churn.getErrorStream());
        writers.forEach(Writer::start);

        for (Writer writer : writers) {
            writer.awaitSteps(1);
        }
        letItBlow(writers, churn);
        writers.forEach(Writer::endIsNear);
        end(how, daemon);
        churn.toHandle().destroy();
        awaitEnd("churn", churn);
        endTree(stress);
        for (Writer writer : writers) {
            writer.awaitEnd();
        }
        awaitEnd("the daemon", daemon.process());
        if (how == End.UNMOUNTED || how == End.TOLD) {
            assertThat(daemon.process().exitValue()).as("the daemon's exit code: " + daemon.errors()).isZero();
        }
        awaitUnmounted();
        assertThat(churn.exitValue()).as(complaints.join()).isZero();

        checkBelow(lower, writers);
        System.out.println("storm: " + fileSystem + ", " + how + ": " + writers.stream().mapToInt(Writer::steps).sum() + " steps, churn "
                + said.join().strip());
        return Arrays.stream(said.join().strip().split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    private List<Writer> makeWriters(Path source) throws IOException {
        List<Writer> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            Path below = Files.createDirectory(source.resolve("acked" + i));
            writers.add(new Writer(mountPoint.resolve("acked" + i), below, random.nextLong()));
        }
        return writers;
    }

    /** What was acknowledged is there, also after the file system has been unmounted, which shows that nothing holds on to it. */
    private static void checkBelow(StormLower lower, List<Writer> writers) throws Exception {
        for (Writer writer : writers) {
            writer.check();
        }
        lower.mountAgain();
        if (lower.keepsContent()) {
            for (Writer writer : writers) {
                writer.check();
            }
            Command.shell(lower.path(), "rm -rf storm");
        }
    }

    private void end(End how, Daemon daemon) throws Exception {
        switch (how) {
            case KILLED -> daemon.process().destroyForcibly();
            case UNMOUNTED -> MountCalls.umount2(mountPoint.toString(), MountCalls.MNT_DETACH);
            case ABORTED -> Files.writeString(
                    Path.of("/sys/fs/fuse/connections", daemon.report().get("connection").asText(), "abort"), "1");
            case TOLD -> daemon.process().toHandle().destroy();
        }
    }

    /** For a while, or until somebody gives up. */
    private void letItBlow(List<Writer> writers, Process churn) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.max(SHORTEST_ROUND_SECONDS, seconds / ROUNDS_OF_A_LONG_STORM));
        boolean allThere = true;
        while (allThere && System.nanoTime() < end) {
            allThere = !churn.waitFor(50, TimeUnit.MILLISECONDS) && writers.stream().allMatch(Writer::isAlive);
        }
    }

    /** A daemon that is killed leaves its mount. */
    private void awaitUnmounted() throws InterruptedException {
        Waiting.until(() -> {
            try {
                MountCalls.umount2(mountPoint.toString(), 0);
            } catch (ErrnoException e) {
                return e.errno() == Errno.EINVAL;
            }
            return false;
        }, "something still holds on to the mount");
    }

    private Process stress() throws IOException {
        List<String> line = new ArrayList<>(List.of("stress-ng", "--quiet", "--temp-path", mountPoint.resolve("stress").toString(),
                "--timeout", String.valueOf(STRESS_TIMEOUT_SECONDS)));
        List<String> stressors = new ArrayList<>(STRESSORS);
        Collections.shuffle(stressors, random);
        stressors.subList(0, AT_ONCE).forEach(stressor -> line.addAll(List.of("--" + stressor, "1")));
        line.addAll(SMALL);
        return start(line.toArray(String[]::new));
    }

    private Process start(String... line) throws IOException {
        Process process = new ProcessBuilder(line).start();
        processes.add(process);
        return process;
    }

    /** A request that hangs keeps its process from dying. */
    private static void endTree(Process process) throws InterruptedException {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        process.toHandle().destroy();
        if (!process.waitFor(STRESS_END_SECONDS, TimeUnit.SECONDS)) {
            all.forEach(ProcessHandle::destroyForcibly);
        }
        Waiting.until(() -> all.stream().noneMatch(ProcessHandle::isAlive), "stress-ng hangs in " + all);
    }

    private static void awaitEnd(String what, Process process) throws InterruptedException {
        assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).as(what + " ends").isTrue();
    }

    /** A thread that takes acknowledged steps until the mount is gone or it is stopped. */
    private static final class Writer {
        private final Path above;
        private final Path below;
        private final AckedFiles files;
        private final Thread thread = new Thread(this::run);
        private volatile boolean ending;
        private volatile boolean stop;
        private volatile int steps;
        private volatile Throwable failure;

        Writer(Path above, Path below, long seed) {
            this.above = above;
            this.below = below;
            this.files = new AckedFiles(seed);
        }

        void start() {
            thread.start();
        }

        private void run() {
            try {
                while (!stop) {
                    files.step(above);
                    steps = files.steps();
                }
            } catch (IOException e) {
                failure = ending ? null : e;
            } catch (RuntimeException | AssertionError e) {
                // A mount taken out of the tree takes the names with it; what lies below is checked later.
                failure = ending && Files.notExists(above) ? null : e;
            }
        }

        boolean isAlive() {
            return thread.isAlive();
        }

        int steps() {
            return steps;
        }

        void awaitSteps(int number) throws InterruptedException {
            Waiting.until(() -> steps >= number || !thread.isAlive(), above + ": nothing is written");
        }

        /** From now on the mount may go. */
        void endIsNear() {
            ending = true;
        }

        void awaitEnd() throws InterruptedException {
            stop = true;
            thread.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
            assertThat(thread.isAlive()).as(above + " hangs").isFalse();
            if (failure != null) {
                throw new AssertionError("a writer failed while the mount was there", failure);
            }
        }

        void check() throws IOException {
            files.check(below);
        }
    }
}
