// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeCallsTest {
    /** Latin-1 for "é", and a byte that no UTF-8 text contains. */
    private static final byte[] INVALID_UTF8 = CString.of(new byte[] {'n', (byte) 0xe9, (byte) 0xff});

    @TempDir
    Path directory;

    private int dirfd;

    @BeforeEach
    void open() {
        dirfd = FileCalls.open(directory.toString(), Open.O_RDONLY | Open.O_DIRECTORY);
    }

    @AfterEach
    void close() {
        FileCalls.close(dirfd);
    }

    @Test
    void namesAreBytes() {
        TreeCalls.mkdirat(dirfd, INVALID_UTF8, 0700);

        assertThat(listing()).contains("6e e9 ff");
        TreeCalls.unlinkat(dirfd, INVALID_UTF8, At.AT_REMOVEDIR);
        assertThat(listing()).doesNotContain("6e e9 ff");
    }

    @Test
    void aFailureCarriesCallAndErrno() {
        var failure = catchThrowableOfType(() -> Stat.at(dirfd, CString.of("absent")), ErrnoException.class);

        assertThat(failure.errno()).isEqualTo(Errno.ENOENT);
        assertThat(failure).hasMessage("statx: No such file or directory (ENOENT)");
    }

    @Test
    void statSeesWhatNioSees() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "12345");

        Stat stat = Stat.at(dirfd, CString.of("file"));

        assertThat(stat.isRegular()).isTrue();
        assertThat(stat.size()).isEqualTo(5);
        assertThat(stat.ino()).isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(stat.uid()).isEqualTo(Files.getAttribute(file, "unix:uid"));
        assertThat(stat.mtime()).isEqualTo(Files.getLastModifiedTime(file).toMillis() / 1000);
    }

    @Test
    void deviceNumbersArePackedAsTheKernelDoes() {
        assertThat(Stat.device(8, 1)).isEqualTo(0x801);
        assertThat(Stat.device(0xabc, 0xfffff)).isEqualTo(0xfffabcffL);
    }

    @Test
    void symbolicLinksAreReadNotFollowed() {
        TreeCalls.symlinkat(CString.of("nowhere"), dirfd, CString.of("link"));

        assertThat(Stat.at(dirfd, CString.of("link")).isSymlink()).isTrue();
        assertThat(TreeCalls.readlinkat(dirfd, CString.of("link"))).isEqualTo("nowhere".getBytes());
    }

    @Test
    void aRenameMayRefuseToReplace() {
        TreeCalls.mkdirat(dirfd, CString.of("a"), 0700);
        TreeCalls.mkdirat(dirfd, CString.of("b"), 0700);

        var failure = catchThrowableOfType(
                () -> TreeCalls.renameat2(dirfd, CString.of("a"), dirfd, CString.of("b"), At.RENAME_NOREPLACE),
                ErrnoException.class);

        assertThat(failure.errno()).isEqualTo(Errno.EEXIST);
    }

    @Test
    void timesAreSetToTheNanosecond() {
        TreeCalls.mkdirat(dirfd, CString.of("d"), 0700);

        TreeCalls.utimensat(dirfd, CString.of("d"), 1, 2, 3, 4, At.AT_SYMLINK_NOFOLLOW);

        Stat stat = Stat.at(dirfd, CString.of("d"));
        assertThat(new long[] {stat.atime(), stat.atimeNanos(), stat.mtime(), stat.mtimeNanos()})
                .containsExactly(1, 2, 3, 4);
    }

    /** The names in the directory, in hexadecimal. */
    private java.util.List<String> listing() {
        NativeBuffer buffer = NativeBuffer.allocate(32 << 10);
        FileCalls.lseek(dirfd, 0, FileCalls.SEEK_SET);
        int length = TreeCalls.getdents64(dirfd, buffer.address(), buffer.size());
        var names = new java.util.ArrayList<String>();
        for (int at = 0; at < length; at += buffer.bytes().getShort(at + 16)) {
            var name = new StringBuilder();
            for (int i = at + 19; buffer.bytes().get(i) != 0; i++) {
                name.append(String.format("%02x ", buffer.bytes().get(i)));
            }
            names.add(name.toString().trim());
        }
        return names;
    }
}
