// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.SocketCalls;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole server on a descriptor that, like the device, keeps frames apart: a socket. */
@Timeout(60)
class DeviceChannelTest {
    private static final int CAPACITY = 64 << 10;

    private final NativeBuffer buffer = NativeBuffer.allocate(CAPACITY);
    private Fd kernel;
    private Fd device;

    @BeforeEach
    void connect() {
        int[] pair = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
        kernel = new Fd(pair[0]);
        device = new Fd(pair[1]);
    }

    @AfterEach
    void disconnect() {
        kernel.close();
        device.close();
    }

    private void send(byte[] frame) {
        buffer.bytes().put(0, frame);
        FileCalls.write(kernel.number(), buffer.address(), frame.length);
    }

    private byte[] receive() {
        return buffer.toArray((int) FileCalls.read(kernel.number(), buffer.address(), CAPACITY));
    }

    /** A socket that is closed with replies unread would reset the other side; one that is shut down ends it. */
    private void unmount() {
        SocketCalls.shutdown(kernel.number());
    }

    private FuseServer open(FileSystem fs) throws NegotiationException {
        send(Wire.request(Opcode.INIT).u32(7).u32(41).u32(0).u32((int) InitFlags.MAX_PAGES).zeros(48).toRequest());
        FuseServer server = FuseServer.open(device, fs, (request, reply, number) -> reply.want(InitFlags.ASYNC_READ));
        receive();
        return server;
    }

    @Test
    void requestsAndRepliesGoThroughTheDescriptor() throws Exception {
        FuseServer server = open(new RecordingFileSystem());
        server.start(3);
        for (Samples sample : Samples.answered()) {
            send(sample.request());
            assertThat(receive()).as(sample.toString()).endsWith(sample.replyBody());
        }

        unmount();
        assertThat(server.awaitEnd()).isEqualTo(Ending.UNMOUNTED);
        server.close();
        assertThat(device.isOpen()).isFalse();
    }

    @Test
    void workersOutliveWhateverTheyAreSent() throws Exception {
        FuseServer server = open(new FileSystem() { });
        server.start(2);
        Random random = new Random(4711);
        List<Samples> samples = Samples.answered();
        for (int i = 0; i < 500; i++) {
            byte[] frame = samples.get(random.nextInt(samples.size())).request().clone();
            frame[random.nextInt(frame.length)] ^= (byte) (1 + random.nextInt(255));
            send(frame);
            send(Wire.request(Opcode.STATFS, 1_000_000 + 2 * i).toRequest());
            while (Wire.buffer(receive()).getLong(Reply.UNIQUE) != 1_000_000 + 2 * i) {
                assertThat(server.isRunning()).isTrue();
            }
        }
        send(Wire.request(Opcode.STATFS).toRequest());

        unmount();
        assertThat(server.awaitEnd()).isEqualTo(Ending.UNMOUNTED);
        server.close();
    }

    @Test
    void aDeviceThatCannotBeReadIsReportedAndClosed() {
        device.close();
        assertThatThrownBy(() -> FuseServer.open(device, new FileSystem() { }, (request, reply, number) -> { }))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
    }
}
