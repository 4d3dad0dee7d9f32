// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static io.fuselet.sys.Open.O_APPEND;
import static io.fuselet.sys.Open.O_CREAT;
import static io.fuselet.sys.Open.O_DIRECT;
import static io.fuselet.sys.Open.O_DSYNC;
import static io.fuselet.sys.Open.O_RDONLY;
import static io.fuselet.sys.Open.O_RDWR;
import static io.fuselet.sys.Open.O_SYNC;
import static io.fuselet.sys.Open.O_TRUNC;
import static io.fuselet.sys.Open.O_WRONLY;
import static io.fuselet.vm.Outcome.done;
import static io.fuselet.vm.Outcome.of;
import static io.fuselet.vm.RedirectedAttributesTest.mode;
import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Mode;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Known files are opened, used in every way and closed without the daemon. */
@Tag("vm")
@Timeout(600)
class RedirectedFilesTest {
    private static final int BLOCK = 4096;
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int COLLAPSE_RANGE = 8;
    private static final int ZERO_RANGE = 16;
    private static final int INSERT_RANGE = 32;

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void open(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(
                new Operation("truncating", List.of("OPEN", "SETATTR"), RedirectedFilesTest::truncating),
                new Operation("appending", List.of("OPEN"), RedirectedFilesTest::appending),
                new Operation("synchronous", List.of("OPEN"), RedirectedFilesTest::synchronous),
                new Operation("direct", List.of("OPEN"), RedirectedFilesTest::direct),
                new Operation("flags changed", List.of("OPEN"), RedirectedFilesTest::flagsChanged)));
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void used(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(
                new Operation("synced", List.of("OPEN"), RedirectedFilesTest::synced),
                new Operation("sought", List.of("OPEN"), RedirectedFilesTest::sought),
                new Operation("allocated", List.of("OPEN"), RedirectedFilesTest::allocated),
                new Operation("copied", List.of("OPEN"), RedirectedFilesTest::copied)));
    }

    /**
     * The daemon makes the node; what comes after is between the kernel and the file below, but for the handle of CREATE, which is the
     * daemon's to flush and to release.
     */
    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void whatIsNewIsRedirectedAtOnce(String fileSystem) throws Exception {
        BothSides.serve(fileSystem, StackOptions.DEFAULT.withTimeouts(3600, 0), directory -> { }, sides -> {
            try (Directory upper = Directory.open(sides.above())) {
                RequestCounts before = RequestCounts.of(sides.mount());
                useNew(upper);
                RequestCounts counts = RequestCounts.of(sides.mount()).since(before);

                Map<String, Long> asked = counts.daemon();
                assertThat(asked.keySet()).as("what reached the daemon").isSubsetOf(
                        "LOOKUP", "FORGET", "BATCH_FORGET", "CREATE", "FLUSH", "RELEASE", "MKNOD", "MKDIR", "SYMLINK");
                assertThat(asked).containsEntry("CREATE", 1L).containsEntry("MKNOD", 1L).containsEntry("MKDIR", 1L).containsEntry("SYMLINK", 1L);
                assertThat(counts.passed()).as("what the kernel passed").isEqualTo(without(asked, "FORGET", "BATCH_FORGET"));
            }
            try (Directory beside = Directory.open(sides.reference())) {
                useNew(beside);
            }
            TreeComparison.assertEqual(sides.below(), sides.above());
            assertThat(TreeComparison.shape(sides.above())).isEqualTo(TreeComparison.shape(sides.reference()));
        });
    }

    private static Map<String, Long> without(Map<String, Long> counts, String... opcodes) {
        counts.keySet().removeAll(List.of(opcodes));
        return counts;
    }

    private static void useNew(Directory d) throws Exception {
        try (Fd file = d.openFile("file", O_RDWR | O_CREAT)) {
            write(file, "content", 0);
            TreeCalls.fchmod(file.number(), 0640);
            FileCalls.ftruncate(file.number(), 4);
            FileCalls.fallocate(file.number(), 0, 0, BLOCK);
        }
        d.chown("file", 1000, 1001);
        d.mkdir("directory", 0755);
        d.symlink("file", "symlink");
        d.chown("symlink", 1002, 1003);
        TreeCalls.readlinkat(d.fd(), Directory.bytes("symlink"));
        TreeCalls.mknodat(d.fd(), Directory.bytes("node"), Mode.S_IFREG | 0600, 0);
        try (Fd node = d.openFile("node", O_WRONLY)) {
            write(node, "content", 0);
            FileCalls.fsync(node.number());
        }
        d.chmod("node", 0666);
        d.rename("file", "directory/moved", 0);
        d.link("directory/moved", "link");
        TreeCalls.unlinkat(d.fd(), Directory.bytes("symlink"), 0);
    }

    private static List<String> truncating(Directory d) throws Exception {
        List<String> results = new ArrayList<>();
        try (Fd file = d.openFile("file", O_RDWR | O_TRUNC)) {
            results.add(of(() -> Stat.of(file.number()).size()));
            write(file, "short", 0);
        }
        d.openFile("other", O_WRONLY | O_TRUNC).close();
        results.addAll(List.of(mode(d, "file"), mode(d, "other"), mode(d, "hardlink"), Arrays.toString(d.read("file"))));
        return results;
    }

    private static List<String> appending(Directory d) throws Exception {
        try (Fd file = d.openFile("file", O_WRONLY | O_APPEND); Fd other = d.openFile("file", O_WRONLY | O_APPEND)) {
            return List.of(write(file, "one", 0), write(other, "two", 0), write(file, "three", 5), mode(d, "file"), sum(d, "file"));
        }
    }

    private static List<String> synchronous(Directory d) throws Exception {
        try (Fd file = d.openFile("file", O_RDWR | O_SYNC); Fd other = d.openFile("other", O_RDWR | O_DSYNC)) {
            return List.of(
                    write(file, "one", 7), write(other, "two", 100_000), mode(d, "file"), mode(d, "other"), sum(d, "file"), sum(d, "other"));
        }
    }

    private static List<String> direct(Directory d) throws Exception {
        NativeBuffer buffer = NativeBuffer.allocateAligned(2 * BLOCK, BLOCK);
        buffer.bytes().put(0, SampleTree.content(5, 2 * BLOCK));
        try (Fd file = d.openFile("file", O_RDWR | O_DIRECT)) {
            int fd = file.number();
            return List.of(
                    of(() -> FileCalls.pwrite(fd, buffer.address(), 2 * BLOCK, BLOCK)),
                    of(() -> FileCalls.pread(fd, buffer.address(), BLOCK, 0)),
                    of(() -> Arrays.hashCode(buffer.toArray(BLOCK))),
                    of(() -> FileCalls.pwrite(fd, buffer.address(), 2 * BLOCK, 20 * BLOCK)),
                    mode(d, "file"), sum(d, "file"));
        }
    }

    private static List<String> flagsChanged(Directory d) throws Exception {
        try (Fd file = d.openFile("file", O_WRONLY)) {
            int fd = file.number();
            FileCalls.fcntl(fd, FileCalls.F_SETFL, O_APPEND);
            String appended = write(file, "appended", 0);
            FileCalls.fcntl(fd, FileCalls.F_SETFL, 0);
            return List.of(appended, mode(d, "file"), write(file, "in place", 0), mode(d, "file"), sum(d, "file"));
        }
    }

    private static List<String> synced(Directory d) throws Exception {
        try (Fd file = d.openFile("file", O_RDWR)) {
            write(file, "content", 0);
            return List.of(done(() -> FileCalls.fsync(file.number())), done(() -> FileCalls.fdatasync(file.number())),
                    done(() -> FileCalls.flush(file.number())), done(() -> FileCalls.fsync(d.fd())), done(() -> FileCalls.fdatasync(d.fd())));
        }
    }

    private static List<String> sought(Directory d) throws Exception {
        try (Fd file = d.openFile("file", O_RDWR)) {
            int fd = file.number();
            FileCalls.ftruncate(fd, 64 * BLOCK);
            write(file, "data", 40 * BLOCK);
            return List.of(
                    seek(fd, 0, FileCalls.SEEK_DATA), seek(fd, 0, FileCalls.SEEK_HOLE),
                    seek(fd, 30 * BLOCK, FileCalls.SEEK_DATA), seek(fd, 40 * BLOCK, FileCalls.SEEK_HOLE),
                    seek(fd, 50 * BLOCK, FileCalls.SEEK_DATA), seek(fd, 100 * BLOCK, FileCalls.SEEK_HOLE),
                    seek(fd, -5, FileCalls.SEEK_END), seek(fd, -5, FileCalls.SEEK_SET));
        }
    }

    private static List<String> allocated(Directory d) throws Exception {
        try (Fd file = d.openFile("file", O_RDWR); Fd reading = d.openFile("other", O_RDONLY)) {
            List<String> results = new ArrayList<>();
            results.add(allocate(file, 0, 0, 40 * BLOCK));
            results.add(mode(d, "file"));
            results.add(allocate(file, KEEP_SIZE, 40 * BLOCK, 10 * BLOCK));
            results.add(allocate(file, PUNCH_HOLE | KEEP_SIZE, 2 * BLOCK, 4 * BLOCK));
            results.add(allocate(file, ZERO_RANGE, BLOCK, BLOCK));
            results.add(allocate(file, COLLAPSE_RANGE, 0, 2 * BLOCK));
            results.add(allocate(file, INSERT_RANGE, 0, BLOCK));
            results.add(allocate(file, 0, -1, BLOCK));
            results.add(allocate(reading, 0, 0, BLOCK));
            results.addAll(List.of(mode(d, "file"), sum(d, "file")));
            return results;
        }
    }

    private static List<String> copied(Directory d) throws Exception {
        try (Fd from = d.openFile("file", O_RDONLY); Fd to = d.openFile("other", O_RDWR)) {
            return List.of(
                    copy(from, 0, to, 0, 10_000), copy(from, 60_000, to, 100_000, 20_000), copy(from, 100_000, to, 0, 10),
                    copy(to, 0, to, 5, 10), copy(to, 0, from, 0, 10), mode(d, "other"), mode(d, "hardlink"), sum(d, "hardlink"));
        }
    }

    private static String write(Fd file, String text, long offset) throws Exception {
        NativeBuffer buffer = NativeBuffer.copyOf(text.getBytes());
        return of(() -> FileCalls.pwrite(file.number(), buffer.address(), text.length(), offset));
    }

    private static String seek(int fd, long offset, int whence) throws Exception {
        return of(() -> FileCalls.lseek(fd, offset, whence));
    }

    private static String allocate(Fd file, int mode, long offset, long length) throws Exception {
        return done(() -> FileCalls.fallocate(file.number(), mode, offset, length));
    }

    private static String copy(Fd from, long at, Fd to, long toAt, long length) throws Exception {
        return of(() -> FileCalls.copyFileRange(from.number(), at, to.number(), toAt, length, 0));
    }

    private static String sum(Directory d, String name) {
        return "sum " + Arrays.hashCode(d.read(name));
    }
}
