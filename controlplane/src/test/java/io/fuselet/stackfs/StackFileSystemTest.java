// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_APPEND;
import static io.fuselet.sys.Open.O_RDONLY;
import static io.fuselet.sys.Open.O_RDWR;
import static io.fuselet.sys.Open.O_WRONLY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fuselet.fuse.KernelSide;
import io.fuselet.fuse.Request;
import io.fuselet.sys.At;
import io.fuselet.sys.CString;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import io.fuselet.sys.RangeLock;
import io.fuselet.sys.TreeCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file system through the protocol, on a directory of the user who runs the tests. */
class StackFileSystemTest {
    private static final long ROOT = Request.ROOT_ID;
    private static final long NO_HANDLE = 0;

    @TempDir
    Path below;

    private StackFileSystem fs;
    private KernelSide kernel;

    @BeforeEach
    void start() {
        fs = new StackFileSystem(below.toString(), StackOptions.DEFAULT.withRemoteLocks(true));
        kernel = new KernelSide(fs);
    }

    @AfterEach
    void stop() {
        fs.close();
    }

    @Test
    void attributesAreThoseBelow() throws Exception {
        Path file = Files.writeString(below.resolve("file"), "12345");

        var entry = kernel.lookup(ROOT, "file");

        assertThat(entry.size()).isEqualTo(5);
        assertThat(entry.ino()).isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(entry.mode()).isEqualTo(Files.getAttribute(file, "unix:mode"));
        assertThat(kernel.getattr(entry.node())).isEqualTo(entry);
    }

    @Test
    void aNameNeedNotBeText() {
        String name = "caf\u00e9\u00ff";
        int dirfd = FileCalls.open(below.toString(), Open.O_PATH | Open.O_DIRECTORY);
        TreeCalls.mkdirat(dirfd, CString.of(name.getBytes(StandardCharsets.ISO_8859_1)), 0755);
        FileCalls.close(dirfd);

        kernel.create(kernel.lookup(ROOT, name).node(), name, O_RDWR, 0100644, 0);

        long directory = kernel.lookup(ROOT, name).node();
        assertThat(kernel.lookup(directory, name).mode()).isEqualTo(0100644);
        assertThat(kernel.readdir(ROOT, kernel.opendir(ROOT), 0, 4096)).extracting("name").contains(name);
    }

    @Test
    void namesOfOneObjectAreOneNode() {
        long node = kernel.create(ROOT, "a", O_RDWR, 0100600, 0).entry().node();

        assertThat(kernel.link(node, ROOT, "b").node()).isEqualTo(node);
        assertThat(kernel.lookup(ROOT, "b").node()).isEqualTo(node);
        assertThat(kernel.lookup(ROOT, "b").nlink()).isEqualTo(2);
    }

    @Test
    void aNodeLivesUntilItsLastLookupIsForgotten() throws Exception {
        Files.createFile(below.resolve("file"));
        long node = kernel.lookup(ROOT, "file").node();
        kernel.lookup(ROOT, "file");

        kernel.forget(node, 1);
        assertThat(kernel.getattr(node).node()).isEqualTo(node);

        kernel.forget(node, 1);
        assertThat(errno(() -> kernel.getattr(node))).isEqualTo(Errno.ESTALE);
        assertThat(fs.nodes()).as("the root remains").isEqualTo(1);
        assertThat(fs.openNodes()).isZero();
        assertThat(kernel.lookup(ROOT, "file").node()).as("ids are not used twice").isNotEqualTo(node);
    }

    @Test
    void theRootIsNeverForgotten() {
        kernel.forget(ROOT, 1000);

        assertThat(kernel.getattr(ROOT).nlink()).isPositive();
    }

    @Test
    void nothingLeadsOutOfTheTree() throws Exception {
        Files.createSymbolicLink(below.resolve("out"), Path.of("/etc"));
        long link = kernel.lookup(ROOT, "out").node();

        assertThat(kernel.readlink(link)).isEqualTo("/etc");
        assertThat(errno(() -> kernel.lookup(link, "passwd"))).isEqualTo(Errno.ENOTDIR);
        assertThat(errno(() -> kernel.opendir(link))).isIn(Errno.ENOTDIR, Errno.ELOOP);
        assertThat(errno(() -> kernel.lookup(ROOT, ".."))).isEqualTo(Errno.EINVAL);
        assertThat(kernel.readdir(ROOT, kernel.opendir(ROOT), 0, 4096)).filteredOn(e -> e.name().equals(".."))
                .extracting("ino").containsExactly(kernel.getattr(ROOT).ino());
    }

    @Test
    void specialFilesAreNotOpenedBelow() throws Exception {
        int dirfd = FileCalls.open(below.toString(), Open.O_PATH | Open.O_DIRECTORY);
        TreeCalls.mknodat(dirfd, CString.of("fifo"), 0010600, 0);
        FileCalls.close(dirfd);

        long fifo = kernel.lookup(ROOT, "fifo").node();

        assertThat(errno(() -> kernel.open(fifo, O_RDONLY))).isEqualTo(Errno.ENXIO);
    }

    @Test
    void theRequestsMaskApplies() {
        assertThat(kernel.mkdir(ROOT, "d", 0777, 027).mode()).isEqualTo(040750);
        assertThat(kernel.create(ROOT, "f", O_RDWR, 0100666, 0).entry().mode()).isEqualTo(0100666);
        assertThat(kernel.create(ROOT, "g", O_RDWR, 0100666, 077).entry().mode()).isEqualTo(0100600);
    }

    @Test
    void aFileThatAppearedMeanwhileIsNotOpenedByCreate() throws Exception {
        Files.createFile(below.resolve("file"));

        assertThat(errno(() -> kernel.create(ROOT, "file", O_RDWR, 0100600, 0))).isEqualTo(Errno.ESTALE);
        assertThat(errno(() -> kernel.create(ROOT, "file", O_RDWR | Open.O_EXCL, 0100600, 0)))
                .isEqualTo(Errno.EEXIST);
    }

    @Test
    void anUnlinkedFileStaysUsableWhileOpen() {
        var file = kernel.create(ROOT, "file", O_RDWR, 0100600, 0);
        long node = file.entry().node();
        kernel.unlink(ROOT, "file");

        kernel.write(node, file.fh(), 0, "content", O_RDWR);
        kernel.truncate(node, file.fh(), 4);

        assertThat(kernel.read(node, file.fh(), 0, 100)).isEqualTo("cont");
        assertThat(kernel.getattr(node).nlink()).isZero();
        kernel.release(node, file.fh());
        kernel.forget(node, 1);
        assertThat(fs.openNodes()).isZero();
    }

    @Test
    void handlesAreNotNeeded() {
        long node = kernel.create(ROOT, "file", O_RDWR, 0100600, 0).entry().node();

        assertThat(kernel.write(node, NO_HANDLE, 0, "content", O_RDWR)).isEqualTo(7);
        kernel.fsync(node, NO_HANDLE);
        kernel.flush(node, NO_HANDLE, 1);
        assertThat(kernel.read(node, NO_HANDLE, 3, 100)).isEqualTo("tent");
        assertThat(kernel.truncate(node, NO_HANDLE, 2).size()).isEqualTo(2);
    }

    @Test
    void handlesAreNeverZeroAndUnknownOnesRefused() {
        var file = kernel.create(ROOT, "file", O_RDWR, 0100600, 0);
        long node = file.entry().node();

        assertThat(file.fh()).isNotZero();
        assertThat(kernel.open(node, O_RDONLY)).isNotZero().isNotEqualTo(file.fh());
        assertThat(errno(() -> kernel.read(node, 4711, 0, 1))).isEqualTo(Errno.EBADF);
    }

    @Test
    void appendingGoesToTheEndWhereverItIs() throws Exception {
        var file = kernel.create(ROOT, "file", O_WRONLY | O_APPEND, 0100600, 0);
        Files.writeString(below.resolve("file"), "below ");

        kernel.write(file.entry().node(), file.fh(), 0, "above", O_WRONLY | O_APPEND);

        assertThat(below.resolve("file")).hasContent("below above");
    }

    @Test
    void attributesAreChanged() {
        long node = kernel.create(ROOT, "file", O_RDWR, 0100600, 0).entry().node();

        assertThat(kernel.chmod(node, 0100751).mode()).isEqualTo(0100751);
        assertThat(kernel.setModified(node, 1234567).mtime()).isEqualTo(1234567);
    }

    @Test
    void aRenameMovesTheNodeWithItsName() {
        long from = kernel.mkdir(ROOT, "from", 0755, 0).node();
        long to = kernel.mkdir(ROOT, "to", 0755, 0).node();
        long node = kernel.create(from, "a", O_RDWR, 0100600, 0).entry().node();

        kernel.rename(from, "a", to, "b", At.RENAME_NOREPLACE);

        assertThat(kernel.lookup(to, "b").node()).isEqualTo(node);
        assertThat(errno(() -> kernel.lookup(from, "a"))).isEqualTo(Errno.ENOENT);
        kernel.rmdir(ROOT, "from");
        assertThat(errno(() -> kernel.rmdir(ROOT, "to"))).isEqualTo(Errno.ENOTEMPTY);
    }

    @Test
    void namesAreExchanged() {
        long a = kernel.create(ROOT, "a", O_RDWR, 0100600, 0).entry().node();
        long b = kernel.symlink(ROOT, "b", "target").node();

        kernel.rename(ROOT, "a", ROOT, "b", At.RENAME_EXCHANGE);

        assertThat(kernel.lookup(ROOT, "a").node()).isEqualTo(b);
        assertThat(kernel.lookup(ROOT, "b").node()).isEqualTo(a);
    }

    @Test
    void locksHoldBelow() throws Exception {
        var file = kernel.create(ROOT, "file", O_RDWR, 0100600, 0);
        long node = file.entry().node();
        RangeLock wanted = new RangeLock(RangeLock.F_WRLCK, 0, 99);
        int other = FileCalls.open(below.resolve("file").toString(), O_RDWR);

        kernel.setlk(node, file.fh(), 1, 10, 19, RangeLock.F_WRLCK);

        assertThat(wanted.conflict(other)).isEqualTo(new RangeLock(RangeLock.F_WRLCK, 10, 19));
        assertThat(errno(() -> kernel.setlk(node, file.fh(), 2, 0, 99, RangeLock.F_RDLCK))).isEqualTo(Errno.EAGAIN);
        assertThat(kernel.getlk(node, file.fh(), 2, 0, 99, RangeLock.F_RDLCK)).isEqualTo(RangeLock.F_WRLCK);
        assertThat(kernel.getlk(node, file.fh(), 1, 0, 99, RangeLock.F_RDLCK)).isEqualTo(RangeLock.F_UNLCK);

        kernel.flush(node, file.fh(), 1);
        assertThat(wanted.conflict(other)).as("closing gives up the owner's locks").isNull();
        FileCalls.close(other);
    }

    private static int errno(ThrowingCallable call) {
        var failure = catchThrowableOfType(call, ErrnoException.class);
        return failure == null ? 0 : failure.errno();
    }
}
