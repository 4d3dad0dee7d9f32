// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.fuse.DataReply;
import io.fuselet.fuse.LockRequest;
import io.fuselet.fuse.OpenReply;
import io.fuselet.fuse.OpenRequest;
import io.fuselet.fuse.ReadRequest;
import io.fuselet.fuse.ReleaseRequest;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Callers that are killed while they wait for the file system. */
@Tag("vm")
@Timeout(120)
class FuseInterruptTest {
    private static final int UNLOCK = 2;

    @TempDir
    Path mountPoint;

    private final Slow fs = new Slow();
    private MemoryMount mounted;

    /** Reads wait until interrupted; flock(2) locks are all exclusive. */
    private static final class Slow extends MemoryFileSystem {
        final CountDownLatch reading = new CountDownLatch(1);
        final CountDownLatch interrupted = new CountDownLatch(1);
        final AtomicInteger locksInterrupted = new AtomicInteger();
        final AtomicInteger locksWaiting = new AtomicInteger();
        private final Map<Long, Long> owners = new HashMap<>();

        @Override
        public void open(OpenRequest request, OpenReply reply) {
            reply.fh(1).flags(OpenReply.DIRECT_IO);
        }

        @Override
        public void read(ReadRequest request, DataReply reply) {
            CountDownLatch mine = new CountDownLatch(1);
            request.onInterrupt(mine::countDown);
            reading.countDown();
            try {
                mine.await();
            } catch (InterruptedException e) {
                throw new ErrnoException("read", Errno.EIO);
            }
            if (request.interrupted()) {
                interrupted.countDown();
            }
            throw new ErrnoException("read", Errno.EINTR);
        }

        @Override
        public void setlk(LockRequest request) {
            if (!tryLock(request)) {
                throw new ErrnoException("setlk", Errno.EAGAIN);
            }
        }

        @Override
        public synchronized void setlkw(LockRequest request) {
            request.onInterrupt(this::wakeAll);
            locksWaiting.incrementAndGet();
            try {
                while (!tryLock(request)) {
                    if (request.interrupted()) {
                        locksInterrupted.incrementAndGet();
                        throw new ErrnoException("setlkw", Errno.EINTR);
                    }
                    wait();
                }
            } catch (InterruptedException e) {
                throw new ErrnoException("setlkw", Errno.EINTR);
            } finally {
                locksWaiting.decrementAndGet();
            }
        }

        private synchronized void wakeAll() {
            notifyAll();
        }

        private synchronized boolean tryLock(LockRequest request) {
            if (request.type() == UNLOCK) {
                owners.remove(request.nodeId(), request.owner());
                notifyAll();
                return true;
            }
            return owners.putIfAbsent(request.nodeId(), request.owner()) == null;
        }

        @Override
        public synchronized void release(ReleaseRequest request) {
            if ((request.releaseFlags() & ReleaseRequest.FLOCK_UNLOCK) != 0) {
                owners.remove(request.nodeId(), request.lockOwner());
                notifyAll();
            }
        }
    }

    @BeforeEach
    void mount() throws Exception {
        mounted = new MemoryMount(mountPoint, fs);
        Files.createFile(mounted.path("f"));
    }

    @AfterEach
    void unmount() throws Exception {
        mounted.close();
    }

    private static void assertEnds(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("the killed caller ends").isTrue();
    }

    @Test
    void aReadThatIsKilledIsInterrupted() throws Exception {
        Process reader = new ProcessBuilder("cat", mounted.path("f").toString()).start();
        assertThat(fs.reading.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(mounted.path("f")).as("others are served meanwhile").exists();

        reader.destroy();

        assertThat(fs.interrupted.await(30, TimeUnit.SECONDS)).as("the file system hears of it").isTrue();
        assertEnds(reader);
        assertThat(mounted.upcalls("INTERRUPT")).isPositive();
    }

    @Test
    void moreWaitForALockThanThereAreWorkers() throws Exception {
        String file = mounted.path("f").toString();
        Process holder = new ProcessBuilder("flock", "-x", file, "cat").start();
        Waiting.until(() -> mounted.upcalls("SETLKW") == 1 && fs.locksWaiting.get() == 0, "the lock is not taken");
        Process[] waiters = new Process[MemoryMount.WORKERS + 2];
        for (int i = 0; i < waiters.length; i++) {
            waiters[i] = new ProcessBuilder("flock", "-x", file, "true").start();
        }
        Waiting.until(() -> fs.locksWaiting.get() == waiters.length, "not all wait for the lock");
        assertThat(Files.createFile(mounted.path("other"))).as("others are served meanwhile").exists();

        waiters[0].destroy();
        assertEnds(waiters[0]);
        assertThat(fs.locksInterrupted).hasValue(1);

        holder.getOutputStream().close();
        assertEnds(holder);
        for (Process waiter : waiters) {
            assertEnds(waiter);
        }
        assertThat(waiters[1].exitValue()).isZero();
    }
}
