// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.RecordFile;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that dies, and its successor, to which the kernel sends again what was not answered. */
@Timeout(60)
class JournalTest {
    private static final long UNIQUE = 20;
    private static final long AGAIN = UNIQUE | 1L << 63;

    private final RecordFile file = RecordFile.create("test", 10);
    private FakeKernel kernel;
    private FuseServer server;

    /** Makes a directory, once. */
    private static final class Once implements FileSystem {
        final AtomicInteger made = new AtomicInteger();
        boolean repeated;

        @Override
        public void mkdir(MkdirRequest request, EntryReply reply) {
            repeated = request.repeated();
            if (made.getAndIncrement() > 0) {
                throw new ErrnoException("mkdir", Errno.EEXIST);
            }
            reply.nodeId(5);
        }
    }

    private static Wire mkdir(long unique) {
        return Wire.request(Opcode.MKDIR, unique).u32(0755).u32(0).name("new");
    }

    private static Wire init(long flags) {
        return Wire.request(Opcode.INIT).u32(7).u32(41).u32(0).u32((int) (InitFlags.INIT_EXT | flags)).u32((int) (flags >>> 32)).zeros(44);
    }

    private void start(FileSystem fs) {
        kernel = new FakeKernel();
        server = new FuseServer(fs, -1, kernel, null);
    }

    @BeforeEach
    void agree() throws Exception {
        start(new FileSystem() { });
        kernel.send(init(InitFlags.HAS_RESEND));
        server.negotiate((request, reply, device) -> reply.maxWrite(8192).want(InitFlags.HAS_RESEND));
        kernel.receive();
        ConnectionState.of(server.connection()).save(file);
    }

    private void succeed(FileSystem fs) throws IOException {
        start(fs);
        RecordFile left = RecordFile.takeOver(new Fd(FileCalls.fcntl(file.number(), FileCalls.F_DUPFD_CLOEXEC, 0)));
        server.keep(new Journal(left));
        server.resume(ConnectionState.read(left));
        server.start(1);
    }

    @AfterEach
    void end() throws Exception {
        if (server.isRunning()) {
            kernel.failRead(Errno.ENODEV);
            server.awaitEnd();
        }
        file.close();
    }

    @Test
    void whatInitAgreedOnIsTakenOver() throws Exception {
        succeed(new FileSystem() { });
        assertThat(server.connection().maxWrite()).isEqualTo(8192);
        assertThat(server.connection().minor()).isEqualTo(41);
        assertThat(server.connection().has(InitFlags.HAS_RESEND)).isTrue();
    }

    /** Dead between writing the answer down and sending it. */
    @Test
    void anAnswerThatWasNotSentIsSentByTheSuccessor() throws Exception {
        Once fs = new Once();
        Frame sent = new Frame(256, Reply.HEADER_SIZE);
        sent.length = Reply.HEADER_SIZE + 8;
        sent.bytes.putInt(Reply.LEN, sent.length).putLong(Reply.UNIQUE, UNIQUE).putLong(Reply.HEADER_SIZE, 77);
        new Journal(file).begin(UNIQUE).answer(sent);
        succeed(fs);
        kernel.send(mkdir(AGAIN));
        byte[] reply = kernel.receive();
        assertThat(Wire.buffer(reply).getLong(8)).as("as it was sent").isEqualTo(AGAIN);
        assertThat(Wire.buffer(reply).getLong(16)).isEqualTo(77);
        assertThat(fs.made).hasValue(0);
    }

    /** Dead between beginning to serve it and writing the answer down. */
    @Test
    void theFileSystemIsToldOfWhatMayBeDone() throws Exception {
        Once fs = new Once();
        new Journal(file).begin(UNIQUE);
        succeed(fs);
        kernel.send(mkdir(AGAIN));
        assertThat(Wire.buffer(kernel.receive()).getLong(16)).isEqualTo(5);
        assertThat(fs.repeated).isTrue();
    }

    @Test
    void aRequestThatNobodyBeganIsServedAsAnyOther() throws Exception {
        Once fs = new Once();
        succeed(fs);
        kernel.send(mkdir(AGAIN));
        assertThat(Wire.buffer(kernel.receive()).getLong(16)).isEqualTo(5);
        assertThat(fs.repeated).isFalse();
        kernel.send(mkdir(UNIQUE + 2));
        assertThat(Dispatching.error(kernel.receive())).isEqualTo(Errno.EEXIST);
    }

    @Test
    void nothingIsLeftOfWhatWasAnswered() throws Exception {
        succeed(new Once());
        for (int i = 0; i < 100; i++) {
            kernel.send(mkdir(UNIQUE + 2L * i));
            kernel.receive();
        }
        kernel.failRead(Errno.ENODEV);
        server.awaitEnd();
        file.forEach(Journal.KIND, (slot, record) -> {
            throw new AssertionError("a record is left in slot " + slot);
        });
    }
}
