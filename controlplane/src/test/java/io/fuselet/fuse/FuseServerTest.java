// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server's loop, with a kernel made of queues. */
@Timeout(60)
class FuseServerTest {
    private static final long DEADLINE_SECONDS = 20;

    private final FakeKernel kernel = new FakeKernel();
    private FuseServer server;

    private void serve(FileSystem fs, int workers) throws Exception {
        negotiate(fs);
        server.start(workers);
    }

    private void negotiate(FileSystem fs) throws Exception {
        server = new FuseServer(fs, -1, kernel, () -> kernel);
        kernel.send(Wire.request(Opcode.INIT).u32(7).u32(41).u32(0).u32((int) InitFlags.MAX_PAGES).zeros(48));
        server.negotiate((request, reply, device) -> reply.maxWrite(4096));
        kernel.receive();
    }

    @AfterEach
    void end() throws Exception {
        if (server != null && server.isRunning()) {
            kernel.failRead(Errno.ENODEV);
            server.awaitEnd();
        }
    }

    private static Wire getattr(long unique) {
        return Wire.request(Opcode.GETATTR, unique).zeros(16);
    }

    private static Wire interrupt(long unique) {
        return Wire.request(Opcode.INTERRUPT, unique | 1).u64(unique);
    }

    private static Wire setlkw(long unique) {
        return Wire.request(Opcode.SETLKW, unique).zeros(48);
    }

    private void assertAnswer(long unique, int errno) throws InterruptedException {
        byte[] reply = kernel.receive();
        assertThat(Wire.buffer(reply).getLong(8)).isEqualTo(unique);
        assertThat(Dispatching.error(reply)).isEqualTo(errno);
    }

    /** On each of the server's descriptors, since only one of them is that of the request. */
    private void assertAskedAgain(long unique, int descriptors) throws InterruptedException {
        for (int i = 0; i < descriptors; i++) {
            assertAnswer(unique | 1, Errno.EAGAIN);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("waited in vain");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits in GETATTR until told to go on. */
    private static final class Waiting implements FileSystem {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch proceed = new CountDownLatch(1);
        volatile boolean interrupted;

        @Override
        public void getattr(GetAttrRequest request, AttrReply reply) {
            entered.countDown();
            await(proceed);
            interrupted = request.interrupted();
        }

        @Override
        public void statfs(Request request, StatfsReply reply) {
        }
    }

    @Test
    void requestsAreServedAndCounted() throws Exception {
        serve(new RecordingFileSystem(), 2);
        kernel.send(Wire.request(Opcode.STATFS));
        kernel.send(Wire.request(Opcode.STATFS));
        kernel.send(Wire.request(Opcode.LOOKUP).name("x"));
        kernel.send(Wire.request(99));
        for (int i = 0; i < 4; i++) {
            kernel.receive();
        }

        assertThat(server.upcallCounts()).containsOnly(java.util.Map.entry("INIT", 1L), java.util.Map.entry("STATFS", 2L),
                java.util.Map.entry("LOOKUP", 1L), java.util.Map.entry("OTHER", 1L));
    }

    @Test
    void workersServeAtTheSameTime() throws Exception {
        Waiting fs = new Waiting();
        serve(fs, 2);
        kernel.send(getattr(2));
        await(fs.entered);

        kernel.send(Wire.request(Opcode.STATFS, 4));
        assertAnswer(4, 0);
        fs.proceed.countDown();
        assertAnswer(2, 0);
    }

    @Test
    void unmountEndsAllWorkersAndDestroysOnce() throws Exception {
        AtomicInteger destroyed = new AtomicInteger();
        serve(new FileSystem() {
            @Override
            public void destroy() {
                destroyed.incrementAndGet();
            }
        }, 3);
        kernel.send(Wire.request(Opcode.DESTROY));
        kernel.receive();
        kernel.failRead(Errno.ENODEV);

        assertThat(server.awaitEnd()).isEqualTo(Ending.UNMOUNTED);
        assertThat(server.isRunning()).isFalse();
        assertThat(destroyed).hasValue(1);
    }

    @Test
    void theFileSystemIsDestroyedEvenIfTheKernelDoesNotSaySo() throws Exception {
        RecordingFileSystem fs = new RecordingFileSystem();
        serve(fs, 2);
        kernel.failRead(Errno.ENODEV);
        server.awaitEnd();
        assertThat(fs.calls).containsExactly("destroy");
    }

    @Test
    void abortIsToldFromUnmount() throws Exception {
        serve(new RecordingFileSystem(), 2);
        kernel.failRead(Errno.ECONNABORTED);
        assertThat(server.awaitEnd()).isEqualTo(Ending.ABORTED);
        assertThat(server.failure()).isEmpty();
    }

    @Test
    void aRequestLostToUnmountIsNoAbort() throws Exception {
        negotiate(new RecordingFileSystem());
        kernel.failRead(Errno.ECONNABORTED);
        kernel.failRead(Errno.ENODEV);
        server.start(1);
        assertThat(server.awaitEnd()).isEqualTo(Ending.UNMOUNTED);
    }

    @Test
    void readErrorsThatPassAreReadOver() throws Exception {
        serve(new RecordingFileSystem(), 1);
        kernel.failRead(Errno.ENOENT);
        kernel.failRead(Errno.EINTR);
        kernel.failRead(Errno.EAGAIN);
        kernel.send(Wire.request(Opcode.STATFS));
        assertAnswer(Wire.UNIQUE, 0);
    }

    @Test
    void otherReadErrorsAreSurfaced() throws Exception {
        serve(new RecordingFileSystem(), 1);
        kernel.failRead(Errno.EBADF);
        assertThat(server.awaitEnd()).isEqualTo(Ending.FAILED);
        assertThat(server.failure()).get().extracting(ErrnoException::errno).isEqualTo(Errno.EBADF);
    }

    @Test
    void aReplyThatTheKernelDoesNotTakeHarmsNobody() throws Exception {
        serve(new RecordingFileSystem(), 1);
        kernel.failWrites(Errno.ENOENT);
        kernel.send(Wire.request(Opcode.STATFS));
        kernel.failRead(Errno.ENODEV);
        assertThat(server.awaitEnd()).isEqualTo(Ending.UNMOUNTED);
    }

    @Test
    void framesWithoutAHeaderAreDropped() throws Exception {
        serve(new RecordingFileSystem(), 1);
        kernel.send(new byte[0]);
        kernel.send(new byte[39]);
        kernel.send(Wire.request(Opcode.STATFS));
        assertAnswer(Wire.UNIQUE, 0);
    }

    @Test
    void whatDoesNotCloneIsShared() throws Exception {
        server = new FuseServer(new RecordingFileSystem(), -1, kernel, () -> {
            throw new ErrnoException("ioctl", Errno.EINVAL);
        });
        server.start(3);
        kernel.send(Wire.request(Opcode.STATFS));
        assertAnswer(Wire.UNIQUE, 0);
    }

    @Test
    void closingWhileServingIsRefused() throws Exception {
        serve(new RecordingFileSystem(), 1);
        assertThatThrownBy(server::close).isInstanceOf(IllegalStateException.class);
        assertThat(kernel.isClosed()).isFalse();

        kernel.failRead(Errno.ENODEV);
        server.awaitEnd();
        server.close();
        assertThat(kernel.isClosed()).isTrue();
    }

    @Test
    void aFailedNegotiationClosesTheDevice() {
        server = new FuseServer(new RecordingFileSystem(), -1, kernel, () -> kernel);
        kernel.send(Wire.request(Opcode.INIT).u32(7).u32(3).u32(0).u32(0));
        assertThatThrownBy(() -> server.negotiate((request, reply, device) -> { })).isInstanceOf(NegotiationException.class);
        assertThat(kernel.isClosed()).isTrue();
    }

    @Test
    void startingTwiceOrWithoutWorkersIsRefused() throws Exception {
        serve(new RecordingFileSystem(), 1);
        assertThatThrownBy(() -> server.start(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new FuseServer(new RecordingFileSystem(), -1, kernel, () -> kernel).start(0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void interruptReachesTheRequestInHand() throws Exception {
        Waiting fs = new Waiting();
        serve(fs, 2);
        kernel.send(getattr(2));
        await(fs.entered);
        kernel.send(interrupt(2));
        kernel.send(Wire.request(Opcode.STATFS, 4));
        assertAnswer(4, 0);
        fs.proceed.countDown();

        assertAnswer(2, 0);
        assertThat(fs.interrupted).isTrue();
        assertThat(kernel.hasReplies()).as("an INTERRUPT that was carried out is not answered").isFalse();
    }

    @Test
    void interruptOfAnotherRequestDoesNot() throws Exception {
        Waiting fs = new Waiting();
        serve(fs, 2);
        kernel.send(getattr(2));
        await(fs.entered);
        kernel.send(interrupt(6));
        assertAskedAgain(6, 2);
        fs.proceed.countDown();

        assertAnswer(2, 0);
        assertThat(fs.interrupted).isFalse();
    }

    @Test
    void interruptBeforeItsRequestIsAskedForAgain() throws Exception {
        Waiting fs = new Waiting();
        serve(fs, 2);
        kernel.send(interrupt(2));
        assertAskedAgain(2, 2);
        kernel.send(getattr(2));
        await(fs.entered);
        kernel.send(interrupt(2));
        kernel.send(Wire.request(Opcode.STATFS, 4));
        assertAnswer(4, 0);
        fs.proceed.countDown();

        assertAnswer(2, 0);
        assertThat(fs.interrupted).isTrue();
    }

    @Test
    void interruptAfterItsRequestIsAskedForAgainAndTouchesNoOther() throws Exception {
        serve(new RecordingFileSystem(), 1);
        kernel.send(Wire.request(Opcode.STATFS, 2));
        assertAnswer(2, 0);
        kernel.send(interrupt(2));
        assertAskedAgain(2, 1);
    }

    @Test
    void aTruncatedInterruptIsDropped() throws Exception {
        serve(new RecordingFileSystem(), 1);
        kernel.send(Wire.request(Opcode.INTERRUPT).u32(2));
        kernel.send(Wire.request(Opcode.STATFS));
        assertAnswer(Wire.UNIQUE, 0);
    }

    /** Waits in SETLKW until interrupted. */
    private static final class Locking implements FileSystem {
        final AtomicInteger waiting = new AtomicInteger();
        final CountDownLatch entered;

        Locking(int locks) {
            entered = new CountDownLatch(locks);
        }

        @Override
        public void setlkw(LockRequest request) {
            CountDownLatch interrupted = new CountDownLatch(1);
            request.onInterrupt(interrupted::countDown);
            entered.countDown();
            await(interrupted);
            throw new ErrnoException("setlkw", request.interrupted() ? Errno.EINTR : Errno.EDEADLK);
        }

        @Override
        public void setlk(LockRequest request) {
        }
    }

    @Test
    void waitingForALockKeepsNoWorker() throws Exception {
        Locking fs = new Locking(3);
        serve(fs, 1);
        for (long unique = 2; unique <= 6; unique += 2) {
            kernel.send(setlkw(unique));
        }
        await(fs.entered);
        kernel.send(Wire.request(Opcode.SETLK, 8).zeros(48));
        assertAnswer(8, 0);

        kernel.send(interrupt(4));
        assertAnswer(4, Errno.EINTR);
        kernel.send(interrupt(2));
        assertAnswer(2, Errno.EINTR);
        kernel.send(interrupt(6));
        assertAnswer(6, Errno.EINTR);
    }

    @Test
    void waitingForALockEndsWithTheConnection() throws Exception {
        Locking fs = new Locking(1);
        serve(fs, 1);
        kernel.send(setlkw(2));
        await(fs.entered);
        kernel.failRead(Errno.ECONNABORTED);
        server.awaitEnd();
        assertAnswer(2, Errno.EINTR);
    }

    @Test
    void locksBeyondTheLimitFail() throws Exception {
        Locking fs = new Locking(BlockingLocks.LIMIT);
        serve(fs, 1);
        for (int i = 1; i <= BlockingLocks.LIMIT; i++) {
            kernel.send(setlkw(2L * i));
        }
        await(fs.entered);
        kernel.send(setlkw(2000));
        assertAnswer(2000, Errno.ENOLCK);
    }

    @Test
    void anActionRegisteredAfterTheInterruptRunsAtOnce() {
        Interruption interruption = new Interruption();
        interruption.begin(2);
        assertThat(interruption.interrupt(2)).isTrue();
        List<String> ran = new ArrayList<>();
        interruption.onRequest(() -> ran.add("now"));
        assertThat(ran).containsExactly("now");
    }

    @Test
    void anActionIsForgottenWithItsRequest() {
        Interruption interruption = new Interruption();
        AtomicReference<String> ran = new AtomicReference<>();
        interruption.begin(2);
        interruption.onRequest(() -> ran.set("too late"));
        interruption.end();
        interruption.begin(4);
        assertThat(interruption.interrupt(2)).isFalse();
        assertThat(interruption.interrupt(4)).isTrue();
        assertThat(interruption.requested()).isTrue();
        assertThat(ran).hasValue(null);
    }
}
