// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.fuse.Ending;
import io.fuselet.fuse.Mount;
import io.fuselet.fuse.MountException;
import io.fuselet.fuse.MountOptions;
import io.fuselet.sys.At;
import io.fuselet.sys.CString;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's own FUSE driver against the server, with a file system in memory. */
@Tag("vm")
@Timeout(120)
class FuseProtocolTest {
    /** What {@link Arrays#mismatch} says of equal arrays. */
    private static final int SAME = -1;

    @TempDir
    Path mountPoint;

    private final MemoryFileSystem fs = new MemoryFileSystem();
    private MemoryMount mounted;

    @BeforeEach
    void mount() throws Exception {
        mounted = new MemoryMount(mountPoint, fs);
    }

    @AfterEach
    void unmount() throws Exception {
        mounted.close();
    }

    @Test
    void theTreeOperations() throws Exception {
        Path directory = Files.createDirectory(mounted.path("d"));
        Path file = Files.writeString(directory.resolve("f"), "hello");
        assertThat(file).hasContent("hello");
        Files.writeString(file, " world", java.nio.file.StandardOpenOption.APPEND);
        Path link = Files.createLink(mounted.path("hard"), file);
        assertThat(link).hasContent("hello world");
        assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(2);
        Path symlink = Files.createSymbolicLink(mounted.path("soft"), Path.of("d/f"));
        assertThat(Files.readSymbolicLink(symlink)).isEqualTo(Path.of("d/f"));
        assertThat(symlink).hasContent("hello world");
        assertThatThrownBy(() -> Files.delete(directory)).isInstanceOf(java.nio.file.DirectoryNotEmptyException.class);
        Files.move(file, mounted.path("moved"));
        assertThat(file).doesNotExist();
        Files.delete(directory);
        Files.delete(link);
        assertThat(mounted.path("moved")).hasContent("hello world");
        assertThat(names(mounted.path())).containsExactly("moved", "soft");
    }

    @Test
    void attributes() throws Exception {
        Path file = Files.writeString(mounted.path("f"), "0123456789");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Files.setLastModifiedTime(file, FileTime.fromMillis(86_400_000));
        Files.setAttribute(file, "unix:uid", 1234);
        try (var channel = Files.newByteChannel(file, java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(4);
        }

        assertThat(Files.readString(file)).isEqualTo("0123");
        assertThat(Files.size(file)).isEqualTo(4);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-r-----");
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(1234);
    }

    @Test
    void extendedAttributes() throws Exception {
        Path file = Files.createFile(mounted.path("f"));
        UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        view.write("a", ByteBuffer.wrap(new byte[] {1, 0, 2}));
        view.write("b", ByteBuffer.wrap(new byte[] {3}));

        ByteBuffer value = ByteBuffer.allocate(view.size("a"));
        view.read("a", value);
        assertThat(value.array()).containsExactly(1, 0, 2);
        assertThat(view.list()).containsExactlyInAnyOrder("a", "b");
        view.delete("a");
        assertThat(view.list()).containsExactly("b");
    }

    @Test
    void aDirectoryLargerThanOneReply() throws Exception {
        List<String> expected = IntStream.range(0, 100).mapToObj(i -> String.format("file-%04d", i)).toList();
        for (String name : expected) {
            Files.createFile(mounted.path(name));
        }
        assertThat(names(mounted.path())).containsExactlyElementsOf(expected);
        assertThat(mounted.upcalls("READDIRPLUS")).isGreaterThan(1);
    }

    @Test
    void contentLargerThanOneRequest() throws Exception {
        byte[] content = new byte[(1 << 20) + 17];
        new Random(1).nextBytes(content);
        Path file = Files.write(mounted.path("large"), content);

        assertThat(Arrays.mismatch(fs.node(fs.idOf("large")).data, content)).isEqualTo(SAME);
        mounted.connection().notifier().invalidateInode(fs.idOf("large"), 0, 0);
        assertThat(Arrays.mismatch(Files.readAllBytes(file), content)).isEqualTo(SAME);
        assertThat(mounted.upcalls("READ")).isPositive();
    }

    @Test
    void namesAreBytes() {
        List<byte[]> names = List.of(new byte[] {(byte) 0xff, (byte) 0xfe}, new byte[] {(byte) 0xc3, '(', 1, 2},
                "\u00e4\u00f6".getBytes(StandardCharsets.UTF_8), new byte[] {' ', '\n', '\\'});
        try (Fd directory = new Fd(FileCalls.open(mounted.path().toString(), Open.O_RDONLY | Open.O_DIRECTORY))) {
            for (byte[] name : names) {
                FileCalls.close(FileCalls.openat(directory.number(), CString.of(name), Open.O_CREAT | Open.O_RDWR, 0644));
                assertThat(Stat.at(directory.number(), CString.of(name)).isRegular()).isTrue();
            }
            assertThat(listed(directory.number()))
                    .containsExactlyInAnyOrderElementsOf(names.stream().map(ByteBuffer::wrap).toList());
            for (byte[] name : names) {
                TreeCalls.unlinkat(directory.number(), CString.of(name), 0);
            }
            assertThat(fs.nodeCount()).as("the root alone is left, once forgotten").isLessThanOrEqualTo(1 + names.size());
        }
    }

    /** Names in {@code struct linux_dirent64}: 8 bytes each of inode and offset, length, type, name. */
    private static List<ByteBuffer> listed(int directory) {
        NativeBuffer buffer = NativeBuffer.allocate(4096);
        int length = TreeCalls.getdents64(directory, buffer.address(), 4096);
        List<ByteBuffer> names = new ArrayList<>();
        for (int at = 0; at < length; at += buffer.bytes().getShort(at + 16)) {
            int end = at + 19;
            while (buffer.bytes().get(end) != 0) {
                end++;
            }
            byte[] name = new byte[end - at - 19];
            buffer.bytes().get(at + 19, name);
            names.add(ByteBuffer.wrap(name));
        }
        return names;
    }

    private static List<String> names(Path directory) throws Exception {
        try (Stream<Path> entries = Files.list(directory)) {
            return new ArrayList<>(new TreeSet<>(entries.map(entry -> entry.getFileName().toString()).toList()));
        }
    }

    @Test
    void manyAtATime() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String name = "thread-" + i;
                tasks.add(() -> {
                    for (int round = 0; round < 4; round++) {
                        Path file = Files.writeString(mounted.path(name), name + round);
                        assertThat(file).hasContent(name + round);
                        Files.move(file, mounted.path(name + "-moved"));
                        Files.delete(mounted.path(name + "-moved"));
                    }
                    return true;
                });
            }
            for (Future<Boolean> result : threads.invokeAll(tasks)) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(names(mounted.path())).isEmpty();
    }

    @Test
    void forgottenNodesComeInBatches() throws Exception {
        for (int i = 0; i < 100; i++) {
            Files.createFile(mounted.path("f" + i));
        }
        Waiting.until(() -> forgetAtOnce() && mounted.upcalls("BATCH_FORGET") > 0, "no BATCH_FORGET arrived");

        for (int i = 0; i < 100; i++) {
            Files.delete(mounted.path("f" + i));
        }
        Waiting.until(() -> forgetAtOnce() && fs.nodeCount() == 1, "nodes are left that the kernel has forgotten");
    }

    /** Has the kernel drop what it can do without, while the file system keeps the workers waiting: the rest queues up. */
    private boolean forgetAtOnce() {
        synchronized (fs) {
            try {
                Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "2");
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void unknownNodesAndErrorsReachTheCaller() {
        assertThatThrownBy(() -> Stat.at(At.AT_FDCWD, CString.of(mounted.path("none").toString())))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }

    @Test
    void ioctlIsRefusedProperly() throws Exception {
        Path file = Files.createFile(mounted.path("f"));
        try (Fd fd = new Fd(FileCalls.open(file.toString(), Open.O_RDWR))) {
            assertThatThrownBy(() -> FileCalls.ioctl(fd.number(), 0x1234, 0))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTTY));
        }
    }

    @Test
    void aMountPointInUseIsRefused() {
        assertThatThrownBy(() -> Mount.mount(mountPoint, new MountOptions())).isInstanceOf(MountException.class)
                .hasMessageContaining("busy").hasMessageContaining("fuse.fuselet");
    }

    @Test
    void unmountEndsTheServer() throws Exception {
        mounted.mount().unmount();
        assertThat(mounted.end()).isEqualTo(Ending.UNMOUNTED);
        assertThat(fs.isDestroyed()).isTrue();
        assertThat(mounted.mount().isMounted()).isFalse();
    }

    @Test
    void unmountOfAMountInUseIsRefusedAndDetachWaitsForTheLastUser() throws Exception {
        Path file = Files.writeString(mounted.path("f"), "still here");
        try (Fd open = new Fd(FileCalls.open(file.toString(), Open.O_RDONLY))) {
            assertThatThrownBy(() -> mounted.mount().unmount()).isInstanceOf(MountException.class)
                    .hasMessageContaining("in use");
            mounted.mount().detach();
            assertThat(file).doesNotExist();
            NativeBuffer buffer = NativeBuffer.allocate(64);
            assertThat(FileCalls.pread(open.number(), buffer.address(), 64, 0)).isEqualTo(10);
            assertThat(mounted.server().isRunning()).isTrue();
        }
        assertThat(mounted.end()).isEqualTo(Ending.UNMOUNTED);
    }

    @Test
    void abortFailsWhatIsOpen() throws Exception {
        Path file = Files.writeString(mounted.path("f"), "gone");
        try (Fd open = new Fd(FileCalls.open(file.toString(), Open.O_RDWR))) {
            mounted.mount().abort();
            assertThat(mounted.server().awaitEnd()).isIn(Ending.ABORTED, Ending.UNMOUNTED);
            NativeBuffer buffer = NativeBuffer.allocate(64);
            assertThatThrownBy(() -> FileCalls.pwrite(open.number(), buffer.address(), 64, 0))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTCONN));
        }
        assertThat(mounted.mount().isMounted()).isFalse();
    }
}
