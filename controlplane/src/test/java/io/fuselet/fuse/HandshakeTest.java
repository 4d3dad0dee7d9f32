// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeTest {
    private static final long OFFERED = InitFlags.INIT_EXT | InitFlags.MAX_PAGES | InitFlags.BIG_WRITES | InitFlags.ASYNC_READ
            | InitFlags.PASSTHROUGH | InitFlags.BPF;

    private final FakeKernel kernel = new FakeKernel();
    private final Connection connection = new Connection(9, kernel);
    private final UpcallCounters upcalls = new UpcallCounters();

    private void run(Negotiation negotiation) throws NegotiationException {
        new Handshake(kernel, 9, negotiation, upcalls).run(connection);
    }

    private static Wire init(int major, int minor, long flags) {
        return Wire.request(Opcode.INIT).u32(major).u32(minor).u32(131072).u32((int) flags).u32((int) (flags >>> 32)).zeros(44);
    }

    private ByteBuffer reply() throws InterruptedException {
        return Wire.buffer(kernel.receive());
    }

    private static final Negotiation ALL = (request, reply, device) -> reply.want(-1L).maxStackDepth(2);

    @Test
    void theKernelsOfferIsReadInFull() throws Exception {
        kernel.send(init(7, 41, OFFERED));
        List<InitRequest> seen = new ArrayList<>();

        run((request, reply, device) -> {
            seen.add(request);
            assertThat(device).isEqualTo(9);
            assertThat(kernel.hasReplies()).as("the reply is sent afterwards").isFalse();
        });

        assertThat(seen).containsExactly(new InitRequest(7, 41, 131072, OFFERED));
        assertThat(seen.get(0).offers(InitFlags.BPF | InitFlags.PASSTHROUGH)).isTrue();
        assertThat(seen.get(0).offers(InitFlags.BPF | InitFlags.POSIX_ACL)).isFalse();
    }

    @Test
    void onlyWhatIsOfferedAndWantedIsInForce() throws Exception {
        kernel.send(init(7, 41, OFFERED));

        run((request, reply, device) -> reply.want(InitFlags.BPF | InitFlags.PASSTHROUGH | InitFlags.POSIX_ACL).maxStackDepth(1));

        ByteBuffer reply = reply();
        long flags = Integer.toUnsignedLong(reply.getInt(28)) | (long) reply.getInt(48) << 32;
        assertThat(flags).isEqualTo(OFFERED & ~InitFlags.ASYNC_READ).isEqualTo(connection.flags());
        assertThat(connection.has(InitFlags.BPF)).isTrue();
        assertThat(connection.has(InitFlags.POSIX_ACL)).isFalse();
        assertThat(reply.getInt(52)).as("max_stack_depth").isEqualTo(1);
    }

    @Test
    void replyFields() throws Exception {
        kernel.send(init(7, 41, OFFERED));

        run((request, reply, device) -> reply.maxReadahead(65536).maxWrite(100_000).background(50_000, 40_000)
                .timeGranularity(1000));

        ByteBuffer reply = reply();
        assertThat(reply.capacity()).isEqualTo(16 + 64);
        assertThat(reply.getInt(0)).isEqualTo(80);
        assertThat(reply.getInt(4)).isZero();
        assertThat(reply.getLong(8)).isEqualTo(Wire.UNIQUE);
        assertThat(reply.getInt(16)).isEqualTo(7);
        assertThat(reply.getInt(20)).isEqualTo(41);
        assertThat(reply.getInt(24)).isEqualTo(65536);
        assertThat(Short.toUnsignedInt(reply.getShort(32))).isEqualTo(50_000);
        assertThat(Short.toUnsignedInt(reply.getShort(34))).isEqualTo(40_000);
        assertThat(reply.getInt(36)).isEqualTo(100_000);
        assertThat(reply.getInt(40)).isEqualTo(1000);
        assertThat(reply.getShort(44)).as("max_pages").isEqualTo((short) 25);
        assertThat(reply.getInt(52)).as("max_stack_depth").isZero();
    }

    @Test
    void numbersThatDoNotFitTheReplyAreRefused() {
        InitReply reply = new InitReply(new InitRequest(7, 41, 0, 0));
        assertThatThrownBy(() -> reply.maxWrite(4095)).hasMessageContaining("max_write");
        assertThatThrownBy(() -> reply.maxWrite(1 << 28)).hasMessageContaining("max_write");
        assertThatThrownBy(() -> reply.background(65536, 0)).hasMessageContaining("max_background");
        assertThatThrownBy(() -> reply.background(1, -1)).hasMessageContaining("congestion_threshold");
        assertThatThrownBy(() -> reply.timeGranularity(0)).hasMessageContaining("time_gran");
        assertThatThrownBy(() -> reply.maxStackDepth(3)).hasMessageContaining("max_stack_depth");
    }

    @Test
    void readaheadIsNoMoreThanTheKernelsOwn() throws Exception {
        kernel.send(init(7, 41, OFFERED));
        run((request, reply, device) -> reply.maxReadahead(-1));
        assertThat(reply().getInt(24)).isEqualTo(131072);
    }

    @Test
    void withoutMaxPagesAWriteIsOf32PagesAtMost() throws Exception {
        kernel.send(init(7, 26, InitFlags.BIG_WRITES));
        run(ALL);
        assertThat(connection.maxWrite()).isEqualTo(32 * 4096);
        assertThat(connection.minor()).isEqualTo(26);
        assertThat(reply().getInt(36)).isEqualTo(32 * 4096);
    }

    @Test
    void stackDepthIsSentOnlyWithPassthrough() throws Exception {
        kernel.send(init(7, 39, InitFlags.INIT_EXT | InitFlags.MAX_PAGES));
        run(ALL);
        assertThat(reply().getInt(52)).isZero();
        assertThat(connection.maxStackDepth()).isZero();
    }

    @Test
    void upperFlagsCountOnlyWithTheirExtension() throws Exception {
        kernel.send(init(7, 41, OFFERED & ~InitFlags.INIT_EXT));
        run(ALL);
        assertThat(connection.flags()).isEqualTo(InitFlags.MAX_PAGES | InitFlags.BIG_WRITES | InitFlags.ASYNC_READ);
    }

    @Test
    void aRequestOf16BytesIsUnderstood() throws Exception {
        kernel.send(Wire.request(Opcode.INIT).u32(7).u32(31).u32(4096).u32((int) InitFlags.ASYNC_READ));
        run(ALL);
        assertThat(connection.flags()).isEqualTo(InitFlags.ASYNC_READ);
    }

    @Test
    void minorsBelow23GetTheShortReply() throws Exception {
        kernel.send(init(7, 22, InitFlags.ASYNC_READ));
        run(ALL);
        ByteBuffer reply = reply();
        assertThat(reply.capacity()).isEqualTo(16 + 24);
        assertThat(reply.getInt(0)).isEqualTo(40);
    }

    @Test
    void aNewerMinorIsTalkedToInOurs() throws Exception {
        kernel.send(init(7, 99, OFFERED));
        run(ALL);
        assertThat(connection.minor()).isEqualTo(41);
        assertThat(reply().getInt(20)).isEqualTo(41);
    }

    @Test
    void aLaterMajorIsAskedToComeDown() throws Exception {
        kernel.send(init(8, 3, OFFERED));
        kernel.send(init(7, 41, OFFERED));

        run(ALL);

        assertThat(reply().getInt(16)).isEqualTo(7);
        assertThat(reply().getInt(20)).isEqualTo(41);
        assertThat(upcalls.snapshot()).containsEntry("INIT", 2L);
    }

    @Test
    void olderThan712IsRefused() throws Exception {
        kernel.send(init(7, 11, 0));

        assertThatThrownBy(() -> run(ALL)).isInstanceOf(NegotiationException.class)
                .hasMessageContaining("7.11").hasMessageContaining("7.12").hasMessageNotContaining("\n");
        assertThat(reply().getInt(4)).isEqualTo(-Errno.EPROTO);
    }

    @Test
    void anOwnerThatFailsLeavesTheKernelAnswered() throws Exception {
        kernel.send(init(7, 41, OFFERED));

        assertThatThrownBy(() -> run((request, reply, device) -> {
            throw new IllegalStateException("no");
        })).hasMessage("no");
        assertThat(reply().getInt(4)).isEqualTo(-Errno.EPROTO);
    }

    @Test
    void acceptedFollowsTheReply() throws Exception {
        kernel.send(init(7, 41, OFFERED));
        List<Connection> accepted = new ArrayList<>();

        run(new Negotiation() {
            @Override
            public void offered(InitRequest request, InitReply reply, int device) {
                reply.want(InitFlags.ASYNC_READ);
            }

            @Override
            public void accepted(Connection agreed) {
                assertThat(kernel.hasReplies()).isTrue();
                accepted.add(agreed);
            }
        });

        assertThat(accepted).containsExactly(connection);
        assertThat(connection.device()).isEqualTo(9);
    }

    @Test
    void signalsDoNotDisturb() throws Exception {
        kernel.failRead(Errno.EINTR);
        kernel.send(init(7, 41, OFFERED));
        run(ALL);
        assertThat(connection.minor()).isEqualTo(41);
    }

    @Test
    void aDeviceThatIsNotMountedIsReported() {
        kernel.failRead(Errno.EPERM);
        assertThatThrownBy(() -> run(ALL)).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
    }

    @Test
    void somethingElseThanInitIsReported() {
        kernel.send(Wire.request(Opcode.GETATTR).zeros(16));
        assertThatThrownBy(() -> run(ALL)).isInstanceOf(NegotiationException.class);
    }

    @Test
    void everyTruncatedInitIsReportedOrUnderstood() throws Exception {
        byte[] whole = init(7, 41, OFFERED).toRequest();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            if (length >= 4) {
                Wire.buffer(cut).putInt(0, length);
            }
            kernel.send(cut);
            if (length < 48) {
                assertThatThrownBy(() -> run(ALL)).isInstanceOf(NegotiationException.class);
            } else {
                run(ALL);
            }
        }
    }
}
