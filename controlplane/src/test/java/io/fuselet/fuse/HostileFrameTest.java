// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.Errno;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames that the kernel would never send get an error for an answer, and do no harm. */
class HostileFrameTest {
    private static final int SEEDS = 20;
    private static final int FRAMES_PER_SEED = 2000;

    private final RecordingFileSystem fs = new RecordingFileSystem();
    private final Dispatching dispatching = new Dispatching(fs);

    static Stream<Samples> samples() {
        return Samples.answered().stream();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void cutShortWithAMatchingLength(Samples sample) {
        int end = argumentsLength(sample);
        for (int length = Request.HEADER_SIZE; length < end; length++) {
            byte[] frame = Arrays.copyOf(sample.request(), length);
            Wire.buffer(frame).putInt(0, length).putShort(36, (short) 0);
            assertRefused(dispatching.reply(frame));
        }
        assertThat(fs.calls).isEmpty();
    }

    /** Bytes without which the request cannot be understood: of some, the end means nothing or is padding. */
    private static int argumentsLength(Samples sample) {
        return switch (sample.opcode()) {
            case Opcode.SYNCFS -> Request.HEADER_SIZE;
            case Opcode.MKDIR -> sample.request().length - 20;
            case Opcode.TMPFILE -> sample.request().length - 1;
            default -> sample.request().length;
        };
    }

    @ParameterizedTest
    @MethodSource("samples")
    void cutShortBelowTheLengthInTheHeader(Samples sample) {
        for (int length = 0; length < sample.request().length; length++) {
            byte[] reply = dispatching.reply(Arrays.copyOf(sample.request(), length));
            if (length < Request.HEADER_SIZE) {
                assertThat(reply).isNull();
            } else {
                assertRefused(reply);
            }
        }
        assertThat(fs.calls).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void longerThanTheLengthInTheHeader(Samples sample) {
        assertRefused(dispatching.reply(Arrays.copyOf(sample.request(), sample.request().length + 8)));
        assertThat(fs.calls).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void extensionsThatReachIntoTheHeader(Samples sample) {
        byte[] frame = sample.request().clone();
        Wire.buffer(frame).putShort(36, (short) 0xffff);

        assertRefused(dispatching.reply(frame));
        assertThat(fs.calls).isEmpty();
    }

    @Test
    void namesThatNoDirectoryCanHold() {
        for (int opcode : List.of(Opcode.LOOKUP, Opcode.UNLINK, Opcode.RMDIR)) {
            assertRefused(dispatching.reply(Wire.request(opcode).name("").toRequest()));
            assertRefused(dispatching.reply(Wire.request(opcode).name("../etc/passwd").toRequest()));
            assertRefused(dispatching.reply(Wire.request(opcode).bytes(new byte[] {'a', 'b'}).toRequest()));
        }
        assertRefused(dispatching.reply(Wire.request(Opcode.RENAME).u64(1).name("a").name("b/c").toRequest()));
        assertThat(fs.calls).isEmpty();
    }

    @Test
    void sizesThatAreNotInTheFrame() {
        for (int size : new int[] {5, 4097, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            assertRefused(dispatching.reply(Wire.request(Opcode.WRITE).u64(1).u64(0).u32(size).u32(0).u64(0).u32(0).u32(0)
                    .zeros(4).toRequest()));
            assertRefused(dispatching.reply(Wire.request(Opcode.SETXATTR).u32(size).u32(0).u32(0).u32(0).name("user.x")
                    .zeros(4).toRequest()));
            assertRefused(dispatching.reply(Wire.request(Opcode.IOCTL).u64(1).u32(0).u32(0).u64(0).u32(size).u32(0)
                    .zeros(4).toRequest()));
        }
        assertThat(fs.calls).isEmpty();
    }

    @Test
    void moreForgetsThanInTheFrame() {
        for (int count : new int[] {2, Integer.MAX_VALUE, -1}) {
            byte[] frame = Wire.request(Opcode.BATCH_FORGET).u32(count).u32(0).u64(7).u64(1).toRequest();
            assertThat(dispatching.reply(frame)).isNull();
        }
        assertThat(fs.calls).isEmpty();
    }

    @Test
    void brokenGroupExtensionsAreNoGroups() {
        for (int size : new int[] {0, 4, 8, 17, 24, -8, Integer.MAX_VALUE}) {
            fs.calls.clear();
            Wire extension = Wire.body().u32(size).u32(32).u32(1000).u32(5);
            dispatching.reply(Wire.request(Opcode.MKDIR).u32(0).u32(0).name("d").zeros(6).extensions(extension).toRequest());
            assertThat(fs.calls).hasSize(1).first().asString().startsWith("mkdir d 0 0 [");
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void randomlyDamagedFrames(int seed) {
        Random random = new Random(seed);
        List<Samples> samples = Samples.answered();
        for (int i = 0; i < FRAMES_PER_SEED; i++) {
            fs.calls.clear();
            byte[] frame = damaged(samples.get(random.nextInt(samples.size())).request(), random);
            byte[] reply = dispatching.reply(frame);
            if (reply != null) {
                assertThat(Wire.buffer(reply).getInt(0)).as("seed %d frame %d", seed, i).isEqualTo(reply.length);
                assertThat(Dispatching.error(reply)).as("seed %d frame %d", seed, i).isBetween(0, 511);
            }
        }
    }

    private static byte[] damaged(byte[] sound, Random random) {
        byte[] frame = sound.clone();
        if (random.nextInt(3) == 0) {
            frame = Arrays.copyOf(frame, random.nextInt(2 * frame.length));
        }
        for (int flips = random.nextInt(6); flips > 0 && frame.length > 0; flips--) {
            int at = random.nextInt(frame.length);
            frame[at] = random.nextInt(4) == 0 ? (byte) -1 : (byte) random.nextInt(256);
        }
        if (frame.length >= Request.HEADER_SIZE && random.nextInt(4) != 0) {
            Wire.buffer(frame).putInt(0, frame.length);
        }
        return frame;
    }

    private static void assertRefused(byte[] reply) {
        assertThat(reply).isNotNull().hasSize(16);
        assertThat(Dispatching.error(reply)).isEqualTo(Errno.EIO);
    }
}
