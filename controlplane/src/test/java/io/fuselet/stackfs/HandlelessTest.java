// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_DIRECTORY;
import static io.fuselet.sys.Open.O_RDONLY;
import static io.fuselet.sys.Open.O_RDWR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fuselet.fuse.KernelSide;
import io.fuselet.fuse.KernelSide.DirectoryEntry;
import io.fuselet.fuse.Request;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.TreeCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests on files and directories that the kernel has opened without the daemon: handle 0, the node says what is meant. */
class HandlelessTest {
    private static final long ROOT = Request.ROOT_ID;
    private static final long NO_HANDLE = 0;
    private static final int FILES = 200;
    private static final int SMALL = 2048;
    private static final int BLOCK = 4096;

    @TempDir
    Path below;

    private StackFileSystem fs;
    private KernelSide kernel;

    @BeforeEach
    void start() {
        fs = new StackFileSystem(below.toString(), StackOptions.DEFAULT);
        kernel = new KernelSide(fs);
    }

    @AfterEach
    void stop() {
        fs.close();
    }

    @Test
    void aDirectoryIsListed() throws Exception {
        fill();

        assertThat(listFrom(0, false)).hasSize(FILES + 2).extracting("name").doesNotHaveDuplicates().contains(".", "..", "file-199");
        assertThat(fs.openNodes()).as("descriptors left behind").isZero();
    }

    @Test
    void aListingBegunBelowGoesOnHere() throws Exception {
        fill();
        List<DirectoryEntry> all = listFrom(0, false);
        List<LowerEntry> begun = firstBelow();
        assertThat(begun).hasSizeBetween(2, FILES);

        for (LowerEntry last : begun) {
            int at = all.stream().map(DirectoryEntry::name).toList().indexOf(last.name());
            assertThat(all.get(at).off()).as("position behind %s", last.name()).isEqualTo(last.off());
        }
        int behind = begun.size();
        assertThat(listFrom(begun.get(behind - 1).off(), false)).isEqualTo(all.subList(behind, all.size()));
    }

    @Test
    void aListingWithNodesGoesOnHereToo() throws Exception {
        fill();
        List<String> names = listFrom(0, false).stream().map(DirectoryEntry::name).toList();
        List<LowerEntry> begun = firstBelow();

        List<DirectoryEntry> rest = listFrom(begun.get(begun.size() - 1).off(), true);

        assertThat(rest).extracting("name").isEqualTo(names.subList(begun.size(), names.size()));
        for (DirectoryEntry entry : rest) {
            if (!entry.name().startsWith(".")) {
                assertThat(entry.node()).isEqualTo(kernel.lookup(ROOT, entry.name()));
            }
        }
    }

    @Test
    void theEndOfADirectoryIsTheEnd() throws Exception {
        fill();
        List<DirectoryEntry> all = listFrom(0, false);

        assertThat(kernel.readdir(ROOT, NO_HANDLE, all.get(all.size() - 1).off(), SMALL)).isEmpty();
    }

    @Test
    void aDirectoryIsSynced() {
        long directory = kernel.mkdir(ROOT, "directory", 0755, 0).node();

        kernel.fsyncdir(directory, NO_HANDLE);

        assertThat(errno(() -> kernel.fsyncdir(directory, 4711))).isEqualTo(Errno.EBADF);
    }

    @Test
    void aFileIsNoDirectory() {
        long file = kernel.create(ROOT, "file", O_RDWR, 0100600, 0).entry().node();

        assertThat(errno(() -> kernel.readdir(file, NO_HANDLE, 0, SMALL))).isEqualTo(Errno.ENOTDIR);
        assertThat(errno(() -> kernel.fsyncdir(file, NO_HANDLE))).isEqualTo(Errno.ENOTDIR);
    }

    @Test
    void aDirectoryThatIsGoneIsStaleOrEmpty() throws Exception {
        long directory = kernel.mkdir(ROOT, "directory", 0755, 0).node();
        Files.delete(below.resolve("directory"));

        assertThat(errno(() -> kernel.readdir(directory, NO_HANDLE, 0, SMALL))).isIn(0, Errno.ENOENT, Errno.ESTALE);
        assertThat(kernel.getattr(ROOT).nlink()).isPositive();
    }

    @Test
    void rangesAreAllocatedFoundAndCopied() throws Exception {
        long from = kernel.create(ROOT, "from", O_RDWR, 0100600, 0).entry().node();
        long to = kernel.create(ROOT, "to", O_RDWR, 0100600, 0).entry().node();

        kernel.fallocate(from, NO_HANDLE, 0, 0, 4 * BLOCK);
        kernel.write(from, NO_HANDLE, 0, "content", O_RDWR);

        assertThat(kernel.getattr(from).size()).isEqualTo(4 * BLOCK);
        assertThat(kernel.lseek(from, NO_HANDLE, 0, FileCalls.SEEK_DATA)).isZero();
        assertThat(errno(() -> kernel.lseek(from, NO_HANDLE, 4 * BLOCK, FileCalls.SEEK_HOLE))).isEqualTo(Errno.ENXIO);
        assertThat(kernel.copy(from, to, 7)).isEqualTo(7);
        assertThat(below.resolve("to")).hasContent("content");
    }

    @Test
    void whatALowerFileDoesNotKnowIsRefused() {
        long file = kernel.create(ROOT, "file", O_RDWR, 0100600, 0).entry().node();

        assertThat(errno(() -> kernel.ioctl(file, NO_HANDLE, 0x6601))).isEqualTo(Errno.ENOTTY);
        assertThat(errno(() -> kernel.poll(file, NO_HANDLE))).as("the kernel then answers poll(2) itself").isEqualTo(Errno.ENOSYS);
    }

    private void fill() throws Exception {
        for (int i = 0; i < FILES; i++) {
            Files.createFile(below.resolve("file-" + i));
        }
    }

    private List<DirectoryEntry> listFrom(long offset, boolean plus) {
        List<DirectoryEntry> all = new ArrayList<>();
        List<DirectoryEntry> some = some(offset, plus);
        while (!some.isEmpty()) {
            all.addAll(some);
            some = some(some.get(some.size() - 1).off(), plus);
        }
        return all;
    }

    private List<DirectoryEntry> some(long offset, boolean plus) {
        return plus ? kernel.readdirplus(ROOT, NO_HANDLE, offset, 4 * SMALL) : kernel.readdir(ROOT, NO_HANDLE, offset, SMALL);
    }

    private record LowerEntry(String name, long off) {}

    /** What the first call of getdents64(2) below tells: {@code d_ino, d_off, d_reclen, d_type, d_name}. */
    private List<LowerEntry> firstBelow() {
        NativeBuffer buffer = NativeBuffer.allocate(SMALL);
        List<LowerEntry> entries = new ArrayList<>();
        try (Fd directory = new Fd(FileCalls.open(below.toString(), O_RDONLY | O_DIRECTORY))) {
            int length = TreeCalls.getdents64(directory.number(), buffer.address(), SMALL);
            for (int at = 0; at < length; at += buffer.bytes().getShort(at + 16)) {
                entries.add(new LowerEntry(name(buffer, at + 19), buffer.bytes().getLong(at + 8)));
            }
        }
        return entries;
    }

    private static String name(NativeBuffer buffer, int from) {
        int to = from;
        while (buffer.bytes().get(to) != 0) {
            to++;
        }
        byte[] name = new byte[to - from];
        buffer.bytes().get(from, name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }

    private static int errno(ThrowingCallable call) {
        var failure = catchThrowableOfType(call, ErrnoException.class);
        return failure == null ? 0 : failure.errno();
    }
}
