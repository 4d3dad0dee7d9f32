// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.MountCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of the daemon while files are read and written in the extension tier. */
@Tag("vm")
@Timeout(600)
class DaemonDeathTest {
    private static final int WORKERS = 4;
    private static final int SIZE = 4096;

    @TempDir
    Path scratch;

    private Path lower;
    private Path mountPoint;

    /** A file system of its own, because that it can be unmounted shows that nothing holds on to it. */
    @BeforeEach
    void makeLower() throws Exception {
        lower = Files.createDirectory(scratch.resolve("lower"));
        mountPoint = Files.createDirectory(scratch.resolve("mnt"));
        MountCalls.mount("lower", lower.toString(), "tmpfs", 0, "");
        for (int i = 0; i < WORKERS; i++) {
            Files.write(lower.resolve("file" + i), new byte[SIZE]);
        }
    }

    @AfterEach
    void removeLower() {
        detach(mountPoint);
        detach(lower);
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Daemon daemon = Daemon.mount(lower, mountPoint);
        assertThat(daemon.tier()).as(daemon.report().toString()).isEqualTo("extension");
        ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
        try {
            CountDownLatch atWork = new CountDownLatch(WORKERS);
            List<Future<Integer>> ends = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                Path file = mountPoint.resolve("file" + i);
                ends.add(workers.submit(() -> readAndWriteUntilItFails(file, atWork)));
            }
            assertThat(atWork.await(60, TimeUnit.SECONDS)).isTrue();
            daemon.process().destroyForcibly();
            daemon.awaitEnd();

            for (Future<Integer> end : ends) {
                assertThat(end.get(60, TimeUnit.SECONDS)).as("errno").isEqualTo(Errno.ENOTCONN);
            }
        } finally {
            workers.shutdownNow();
        }
        assertThatThrownBy(() -> FileCalls.open(mountPoint.resolve("file0").toString(), Open.O_RDONLY))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTCONN));

        MountCalls.umount2(mountPoint.toString(), 0);
        try (Daemon again = Daemon.mount(lower, mountPoint)) {
            assertThat(again.tier()).isEqualTo("extension");
            assertThat(Files.size(mountPoint.resolve("file0"))).isEqualTo(SIZE);
        }
        awaitUnmounted(lower);
    }

    /** @return the errno that ended it */
    private static int readAndWriteUntilItFails(Path file, CountDownLatch atWork) {
        NativeBuffer buffer = NativeBuffer.allocate(SIZE);
        try (Fd fd = new Fd(FileCalls.open(file.toString(), Open.O_RDWR))) {
            for (int i = 0; ; i++) {
                FileCalls.pread(fd.number(), buffer.address(), SIZE, 0);
                FileCalls.pwrite(fd.number(), buffer.address(), SIZE, 0);
                if (i == 0) {
                    atWork.countDown();
                }
            }
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    /** The kernel gives back what a dead process held shortly after it is gone. */
    private static void awaitUnmounted(Path directory) throws InterruptedException {
        Waiting.until(() -> {
            try {
                MountCalls.umount2(directory.toString(), 0);
                return true;
            } catch (ErrnoException e) {
                return false;
            }
        }, "something still holds on to the lower file system");
    }

    private static void detach(Path directory) {
        try {
            MountCalls.umount2(directory.toString(), MountCalls.MNT_DETACH);
        } catch (ErrnoException e) {
            // As it should be: it was unmounted by the test.
            assertThat(e.errno()).isEqualTo(Errno.EINVAL);
        }
    }
}
