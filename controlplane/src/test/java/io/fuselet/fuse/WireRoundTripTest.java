// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every request is read, and every reply written, as {@code linux/fuse.h} has them. */
class WireRoundTripTest {
    private final RecordingFileSystem fs = new RecordingFileSystem();
    private final Dispatching dispatching = new Dispatching(fs);

    static Stream<Samples> samples() {
        return Samples.answered().stream();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void requestAndReply(Samples sample) {
        byte[] reply = dispatching.reply(sample.request());

        assertThat(fs.calls).containsExactly(sample.call());
        assertHeader(reply, 0);
        assertThat(body(reply)).isEqualTo(sample.replyBody());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void oneReplyLeavesNothingBehindInTheNext(Samples sample) {
        byte[] expected = dispatching.reply(sample.request());
        dispatching.exchange.out.bytes.put(0, filled(Dispatching.CAPACITY));

        if (sample.opcode() != Opcode.DESTROY) {
            assertThat(dispatching.reply(sample.request())).isEqualTo(expected);
        }
    }

    @Test
    void allOpcodesThatAreAnsweredHaveASample() {
        List<Integer> apart = List.of(Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT, Opcode.INIT,
                Opcode.NOTIFY_REPLY, Opcode.SETUPMAPPING, Opcode.REMOVEMAPPING);
        List<Integer> named = IntStream.range(0, Opcode.COUNT).filter(n -> !Opcode.name(n).equals(Opcode.OTHER)).boxed()
                .filter(n -> !apart.contains(n)).toList();

        assertThat(samples().map(Samples::opcode)).containsExactlyElementsOf(named);
    }

    @Test
    void forgetIsNotAnswered() {
        assertThat(dispatching.reply(Wire.request(Opcode.FORGET).u64(3).toRequest())).isNull();
        assertThat(fs.calls).containsExactly("forget " + Wire.NODE + " 3");
    }

    @Test
    void batchForgetCallsForgetForEach() {
        byte[] frame = Wire.request(Opcode.BATCH_FORGET).u32(2).u32(0).u64(7).u64(1).u64(8).u64(2).toRequest();

        assertThat(dispatching.reply(frame)).isNull();
        assertThat(fs.calls).containsExactly("forget 7 1", "forget 8 2");
    }

    @Test
    void retrievedDataIsNotAnswered() {
        byte[] frame = Wire.request(Opcode.NOTIFY_REPLY).u64(0).u64(4096).u32(2).u32(0).u64(0).u64(0)
                .bytes(new byte[] {5, 6}).toRequest();

        assertThat(dispatching.reply(frame)).isNull();
        assertThat(fs.calls).containsExactly("retrieved 4096 2 0506");
    }

    @ParameterizedTest
    @MethodSource("unserved")
    void opcodesThatNobodyServesAreAnsweredENOSYS(int opcode) {
        assertHeader(dispatching.reply(Wire.request(opcode).zeros(64).toRequest()), Errno.ENOSYS);
    }

    static IntStream unserved() {
        return IntStream.of(0, 7, 19, Opcode.INIT, Opcode.SETUPMAPPING, Opcode.REMOVEMAPPING, 53, 63, 64, 4096, 1048576,
                Integer.MAX_VALUE, Integer.MIN_VALUE, -1);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void aFileSystemWithoutMethodsAnswersAsTheProtocolExpects(Samples sample) {
        int expected = switch (sample.opcode()) {
            case Opcode.STATFS, Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.DESTROY -> 0;
            case Opcode.IOCTL -> Errno.ENOTTY;
            default -> Errno.ENOSYS;
        };

        assertHeader(new Dispatching(new FileSystem() { }).reply(sample.request()), expected);
    }

    @Test
    void errorsOfTheFileSystemAreAnsweredWithTheirNumber() {
        assertThat(errorOf(new ErrnoException("x", Errno.ENOTEMPTY))).isEqualTo(Errno.ENOTEMPTY);
    }

    @Test
    void numbersThatTheKernelRefusesBecomeEIO() {
        assertThat(errorOf(new ErrnoException("x", 512))).isEqualTo(Errno.EIO);
        assertThat(errorOf(new ErrnoException("x", 0))).isEqualTo(Errno.EIO);
        assertThat(errorOf(new ErrnoException("x", -5))).isEqualTo(Errno.EIO);
    }

    @Test
    void anythingElseThrownBecomesEIO() {
        assertThat(errorOf(new IllegalStateException("on purpose, by WireRoundTripTest"))).isEqualTo(Errno.EIO);
        assertThat(errorOf(new StackOverflowError("on purpose, by WireRoundTripTest"))).isEqualTo(Errno.EIO);
    }

    private static int errorOf(Throwable thrown) {
        byte[] reply = new Dispatching(new FileSystem() {
            @Override
            public void getattr(GetAttrRequest request, AttrReply reply) {
                reply.attr().ino(5);
                if (thrown instanceof RuntimeException unchecked) {
                    throw unchecked;
                }
                throw (Error) thrown;
            }
        }).reply(Wire.request(Opcode.GETATTR).zeros(16).toRequest());
        assertHeader(reply, Dispatching.error(reply));
        return Dispatching.error(reply);
    }

    @Test
    void setxattrIsShorterWithoutItsExtension() {
        dispatching.exchange.connection.agree(41, 0, Dispatching.CAPACITY, 0);

        byte[] frame = Wire.request(Opcode.SETXATTR).u32(2).u32(1).name("user.x").bytes(new byte[] {1, 2}).toRequest();

        assertHeader(dispatching.reply(frame), 0);
        assertThat(fs.calls).containsExactly("setxattr user.x 2 1 0 0102");
    }

    @Test
    void anAttributeLargerThanTheCallersRoomIsERANGE() {
        assertHeader(dispatching.reply(Wire.request(Opcode.GETXATTR).u32(2).u32(0).name("user.x").toRequest()), Errno.ERANGE);
    }

    @Test
    void theSizeAloneOfAnAttribute() {
        byte[] reply = dispatching.reply(Wire.request(Opcode.GETXATTR).u32(0).u32(0).name("user.x").toRequest());

        assertThat(body(reply)).isEqualTo(Wire.body().u32(3).u32(0).toBody());
    }

    @Test
    void aReadThatTheBufferCannotHoldFailsInsteadOfEndingTheFile() {
        byte[] frame = Wire.request(Opcode.READ).u64(1).u64(0).u32(Dispatching.CAPACITY).u32(0).u64(0).u32(0).u32(0).toRequest();

        assertHeader(dispatching.reply(frame), Errno.EINVAL);
    }

    @Test
    void dataStartsAPageInBothDirections() {
        assertThat((dispatching.exchange.in.address + WriteRequest.DATA) % 4096).isZero();
        assertThat((dispatching.exchange.out.address + Reply.HEADER_SIZE) % 4096).isZero();
    }

    private static void assertHeader(byte[] reply, int errno) {
        assertThat(reply).isNotNull();
        assertThat(Wire.buffer(reply).getInt(0)).isEqualTo(reply.length);
        assertThat(Dispatching.error(reply)).isEqualTo(errno);
        assertThat(Wire.buffer(reply).getLong(8)).isEqualTo(Wire.UNIQUE);
        if (errno != 0) {
            assertThat(reply).hasSize(16);
        }
    }

    private static byte[] body(byte[] reply) {
        return Arrays.copyOfRange(reply, 16, reply.length);
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0xaa);
        return bytes;
    }
}
