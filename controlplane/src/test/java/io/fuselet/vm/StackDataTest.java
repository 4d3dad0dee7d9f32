// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static io.fuselet.sys.Open.O_APPEND;
import static io.fuselet.sys.Open.O_CREAT;
import static io.fuselet.sys.Open.O_DIRECT;
import static io.fuselet.sys.Open.O_RDONLY;
import static io.fuselet.sys.Open.O_RDWR;
import static io.fuselet.sys.Open.O_TMPFILE;
import static io.fuselet.sys.Open.O_WRONLY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fuselet.sys.At;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Mapping;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.ProcFd;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Data of files, through the mount and below it. */
@Tag("vm")
class StackDataTest {
    private static final int SIZE = 200_000;
    private static final int BLOCK = 4096;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#all")
    void writesOnEitherSideAreReadOnTheOther(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            byte[] first = SampleTree.content(1, SIZE);
            byte[] second = SampleTree.content(2, SIZE / 2);

            Files.write(above.resolve("file"), first);
            assertThat(below.resolve("file")).hasBinaryContent(first);
            assertThat(above.resolve("file")).hasBinaryContent(first);

            Files.write(below.resolve("file"), second);
            assertThat(above.resolve("file")).hasBinaryContent(second);
        });
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void bothSidesAppend(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            Files.writeString(above.resolve("file"), "one ");
            try (Directory upper = Directory.open(above); Directory lower = Directory.open(below);
                    Fd one = upper.openFile("file", O_WRONLY | O_APPEND);
                    Fd other = lower.openFile("file", O_WRONLY | O_APPEND)) {
                append(other, "two ");
                append(one, "three ");
                append(other, "four");
            }
            assertThat(above.resolve("file")).hasContent("one two three four");
            assertThat(below.resolve("file")).hasContent("one two three four");
        });
    }

    private static void append(Fd file, String text) {
        NativeBuffer buffer = NativeBuffer.copyOf(text.getBytes());
        FileCalls.write(file.number(), buffer.address(), text.length());
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#all")
    void mappingsAboveChangeTheFileBelow(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            byte[] before = SampleTree.content(1, SIZE);
            byte[] after = SampleTree.content(2, SIZE);
            Files.write(below.resolve("file"), before);
            Files.write(below.resolve("source"), after);
            try (Directory upper = Directory.open(above); Directory lower = Directory.open(below);
                    Fd file = upper.openFile("file", O_RDWR); Fd source = lower.openFile("source", O_RDONLY);
                    Mapping mapping = new Mapping(file.number(), SIZE, true)) {
                assertThat(copyOf(mapping)).isEqualTo(before);
                FileCalls.pread(source.number(), mapping.address(), SIZE, 0);
                mapping.sync();
                assertThat(lower.read("file")).isEqualTo(after);
            }
            assertThat(above.resolve("file")).hasBinaryContent(after);
        });
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#all")
    void mappingsBelowAreReadAbove(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            byte[] after = SampleTree.content(2, SIZE);
            Files.write(below.resolve("file"), SampleTree.content(1, SIZE));
            Files.write(below.resolve("source"), after);
            assertThat(above.resolve("file")).hasSize(SIZE);
            try (Directory lower = Directory.open(below); Fd file = lower.openFile("file", O_RDWR);
                    Fd source = lower.openFile("source", O_RDONLY);
                    Mapping mapping = new Mapping(file.number(), SIZE, true)) {
                FileCalls.pread(source.number(), mapping.address(), SIZE, 0);
            }
            assertThat(above.resolve("file")).hasBinaryContent(after);
            try (Directory upper = Directory.open(above); Fd file = upper.openFile("file", O_RDONLY);
                    Mapping mapping = new Mapping(file.number(), SIZE, false)) {
                assertThat(copyOf(mapping)).isEqualTo(after);
            }
        });
    }

    private static byte[] copyOf(Mapping mapping) throws Exception {
        Path copy = Files.createTempFile("copy", null);
        try (Directory directory = Directory.open(copy.getParent());
                Fd out = directory.openFile(copy.getFileName().toString(), O_WRONLY)) {
            long written = 0;
            while (written < SIZE) {
                written += FileCalls.write(out.number(), mapping.address() + written, SIZE - written);
            }
            return Files.readAllBytes(copy);
        } finally {
            Files.delete(copy);
        }
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#onDisk")
    void directIoIsDirectBelow(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            NativeBuffer out = NativeBuffer.allocateAligned(16 * BLOCK, BLOCK);
            out.bytes().put(0, SampleTree.content(1, 16 * BLOCK));
            NativeBuffer in = NativeBuffer.allocateAligned(16 * BLOCK, BLOCK);
            try (Directory upper = Directory.open(above); Directory lower = Directory.open(below);
                    Fd file = upper.openFile("file", O_RDWR | O_CREAT | O_DIRECT)) {
                int fd = file.number();
                assertThat(FileCalls.pwrite(fd, out.address(), 16 * BLOCK, 0)).isEqualTo(16 * BLOCK);
                assertThat(FileCalls.pread(fd, in.address(), 16 * BLOCK, 0)).isEqualTo(16 * BLOCK);
                assertThat(in.toArray(16 * BLOCK)).isEqualTo(out.toArray(16 * BLOCK));
                assertThat(residentPages(lower)).as("pages cached below").isZero();
                assertThat(errno(() -> FileCalls.pwrite(fd, out.address(), 100, 7))).isEqualTo(Errno.EINVAL);
                assertThat(lower.read("file")).isEqualTo(out.toArray(16 * BLOCK));
            }
        });
    }

    private static int residentPages(Directory lower) {
        try (Fd file = lower.openFile("file", O_RDONLY);
                Mapping mapping = new Mapping(file.number(), 16 * BLOCK, false)) {
            return mapping.residentPages();
        }
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void holesAreMadeAndFound(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            try (Directory upper = Directory.open(above); Directory lower = Directory.open(below);
                    Fd file = upper.openFile("file", O_RDWR | O_CREAT)) {
                int fd = file.number();
                FileCalls.fallocate(fd, 0, 0, 64 * BLOCK);
                assertThat(Stat.of(fd).size()).isEqualTo(64 * BLOCK);
                upper.write("file", SampleTree.content(1, 64 * BLOCK));
                FileCalls.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 16 * BLOCK, 32 * BLOCK);

                long hole = FileCalls.lseek(fd, 0, FileCalls.SEEK_HOLE);
                long data = FileCalls.lseek(fd, hole, FileCalls.SEEK_DATA);

                assertThat(hole).isEqualTo(16 * BLOCK);
                assertThat(data).isEqualTo(48 * BLOCK);
                assertThat(Stat.of(fd).blocks()).isEqualTo(32 * BLOCK / 512);
                assertThat(errno(() -> FileCalls.lseek(fd, 64 * BLOCK, FileCalls.SEEK_DATA))).isEqualTo(Errno.ENXIO);
                assertThat(lower.read("file")).isEqualTo(upper.read("file"));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void rangesAreCopiedBetweenFiles(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            byte[] content = SampleTree.content(1, SIZE);
            Files.write(above.resolve("from"), content);
            try (Directory upper = Directory.open(above); Fd from = upper.openFile("from", O_RDONLY);
                    Fd to = upper.openFile("to", O_WRONLY | O_CREAT)) {
                long copied = 0;
                while (copied < SIZE) {
                    copied += FileCalls.copyFileRange(from.number(), copied, to.number(), copied, SIZE - copied, 0);
                }
            }
            assertThat(below.resolve("to")).hasBinaryContent(content);
            assertThat(above.resolve("to")).hasBinaryContent(content);
        });
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void aFileWithoutNameIsUsedAndNamed(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            byte[] content = SampleTree.content(1, BLOCK);
            NativeBuffer buffer = NativeBuffer.copyOf(content);
            try (Directory upper = Directory.open(above);
                    Fd file = new Fd(FileCalls.openat(upper.fd(), Directory.bytes("."), O_TMPFILE | O_RDWR, 0640))) {
                FileCalls.write(file.number(), buffer.address(), BLOCK);
                assertThat(upper.names()).isEmpty();
                assertThat(Stat.of(file.number()).nlink()).isZero();

                TreeCalls.linkat(At.AT_FDCWD, ProcFd.path(file.number()), upper.fd(), Directory.bytes("name"),
                        At.AT_SYMLINK_FOLLOW);
                assertThat(Stat.of(file.number()).nlink()).isEqualTo(1);
            }
            assertThat(below.resolve("name")).hasBinaryContent(content);
            assertThat(above.resolve("name")).hasBinaryContent(content);
        });
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void anOpenFileOutlivesItsName(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            byte[] content = SampleTree.content(1, SIZE);
            Files.write(above.resolve("file"), content);
            try (Directory upper = Directory.open(above); Fd file = upper.openFile("file", O_RDWR)) {
                Files.delete(above.resolve("file"));
                assertThat(Directory.read(file)).isEqualTo(content);
                FileCalls.ftruncate(file.number(), 10);
                assertThat(Stat.of(file.number()).size()).isEqualTo(10);
                assertThat(Stat.of(file.number()).nlink()).isZero();
            }
            assertThat(below).isEmptyDirectory();
        });
    }

    private static int errno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        var failure = catchThrowableOfType(call, ErrnoException.class);
        return failure == null ? 0 : failure.errno();
    }
}
