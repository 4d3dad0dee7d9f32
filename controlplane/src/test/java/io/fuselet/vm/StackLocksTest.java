// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fuselet.extension.Tier;
import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import io.fuselet.sys.RangeLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Locks above and below, kept for the mount or taken below. */
@Tag("vm")
class StackLocksTest {
    private static final RangeLock EXCLUSIVE = new RangeLock(RangeLock.F_WRLCK, 0, 9);
    private static final RangeLock NONE = new RangeLock(RangeLock.F_UNLCK, 0, 9);

    @Test
    void remoteLocksHoldBelow() throws Exception {
        serve(true, (above, below) -> {
            EXCLUSIVE.set(above.number());
            assertThat(errno(() -> EXCLUSIVE.set(below.number()))).isEqualTo(Errno.EAGAIN);
            NONE.set(above.number());
            EXCLUSIVE.set(below.number());
            assertThat(EXCLUSIVE.conflict(above.number())).isEqualTo(EXCLUSIVE);
        });
    }

    @Test
    void remoteFlocksHoldBelow() throws Exception {
        serve(true, (above, below) -> {
            FileCalls.flock(above.number(), FileCalls.LOCK_EX);
            assertThat(errno(() -> FileCalls.flock(below.number(), FileCalls.LOCK_SH | FileCalls.LOCK_NB)))
                    .isEqualTo(Errno.EAGAIN);
            FileCalls.flock(above.number(), FileCalls.LOCK_UN);
            FileCalls.flock(below.number(), FileCalls.LOCK_SH | FileCalls.LOCK_NB);
        });
    }

    @Test
    void whoWaitsGetsTheLockWhenItIsGivenUpBelow() throws Exception {
        serve(true, (above, below) -> {
            FileCalls.flock(below.number(), FileCalls.LOCK_EX);
            CompletableFuture<Void> waiting =
                    CompletableFuture.runAsync(() -> FileCalls.flock(above.number(), FileCalls.LOCK_EX));
            assertThat(waiting).isNotDone();
            FileCalls.flock(below.number(), FileCalls.LOCK_UN);
            waiting.get(30, TimeUnit.SECONDS);
        });
    }

    @Test
    void localLocksHoldAboveOnly() throws Exception {
        serve(false, (above, below) -> {
            EXCLUSIVE.set(above.number());
            EXCLUSIVE.set(below.number());
        });
    }

    private interface Work {
        void accept(Fd above, Fd below) throws Exception;
    }

    private static void serve(boolean remote, Work work) throws Exception {
        new Scratch("ext4", Tier.PLAIN).serve(StackOptions.DEFAULT.withRemoteLocks(remote),
                StackLocksTest::makeFile, (mount, below) -> {
                    try (Directory upper = Directory.open(mount.path()); Directory lower = Directory.open(below);
                            Fd above = upper.openFile("file", Open.O_RDWR);
                            Fd direct = lower.openFile("file", Open.O_RDWR)) {
                        work.accept(above, direct);
                    }
                });
    }

    private static void makeFile(Path below) throws Exception {
        Files.write(below.resolve("file"), new byte[100]);
    }

    private static int errno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        var failure = catchThrowableOfType(call, ErrnoException.class);
        return failure == null ? 0 : failure.errno();
    }
}
