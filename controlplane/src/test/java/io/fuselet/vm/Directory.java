// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.sys.At;
import io.fuselet.sys.CString;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.TreeCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;

/** A directory whose entries are reached by names of bytes. In strings here each character is a byte. */
final class Directory implements AutoCloseable {
    private static final int BUFFER_SIZE = 32 << 10;
    private static final int RECLEN = 16;
    private static final int NAME = 19;

    private final Fd fd;

    private Directory(int fd) {
        this.fd = new Fd(fd);
    }

    static Directory open(Path path) {
        return new Directory(FileCalls.open(path.toString(), Open.O_RDONLY | Open.O_DIRECTORY));
    }

    Directory open(String name) {
        return new Directory(FileCalls.openat(fd(), bytes(name), Open.O_RDONLY | Open.O_DIRECTORY, 0));
    }

    int fd() {
        return fd.number();
    }

    Fd openFile(String name, int flags) {
        return new Fd(FileCalls.openat(fd(), bytes(name), flags | Open.O_NOFOLLOW, 0600));
    }

    /** Makes or replaces the content of a file. */
    void write(String name, byte[] content) {
        try (Fd file = openFile(name, Open.O_WRONLY | Open.O_CREAT | Open.O_TRUNC)) {
            NativeBuffer buffer = NativeBuffer.copyOf(content);
            for (long at = 0; at < content.length;) {
                at += FileCalls.pwrite(file.number(), buffer.address() + at, content.length - at, at);
            }
        }
    }

    byte[] read(String name) {
        try (Fd file = openFile(name, Open.O_RDONLY)) {
            return read(file);
        }
    }

    static byte[] read(Fd file) {
        int size = (int) io.fuselet.sys.Stat.of(file.number()).size();
        NativeBuffer buffer = NativeBuffer.allocate(size + 1);
        int length = 0;
        long count;
        while ((count = FileCalls.pread(file.number(), buffer.address() + length, size + 1 - length, length)) > 0) {
            length += (int) count;
        }
        return buffer.toArray(length);
    }

    /** All names but {@code .} and {@code ..}. */
    SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>();
        NativeBuffer buffer = NativeBuffer.allocate(BUFFER_SIZE);
        FileCalls.lseek(fd(), 0, FileCalls.SEEK_SET);
        int length;
        while ((length = TreeCalls.getdents64(fd(), buffer.address(), BUFFER_SIZE)) > 0) {
            for (int at = 0; at < length; at += buffer.bytes().getShort(at + RECLEN)) {
                if (!names.add(name(buffer, at + NAME))) {
                    throw new AssertionError("listed twice: " + name(buffer, at + NAME));
                }
            }
        }
        names.remove(".");
        names.remove("..");
        return names;
    }

    /** The NUL-terminated name at {@code from}. */
    static String name(NativeBuffer buffer, int from) {
        StringBuilder name = new StringBuilder();
        byte b;
        for (int at = from; (b = buffer.bytes().get(at)) != 0; at++) {
            name.append((char) (b & 0xff));
        }
        return name.toString();
    }

    void mkdir(String name, int mode) {
        TreeCalls.mkdirat(fd(), bytes(name), mode);
    }

    void symlink(String target, String name) {
        TreeCalls.symlinkat(bytes(target), fd(), bytes(name));
    }

    void link(String existing, String name) {
        TreeCalls.linkat(fd(), bytes(existing), fd(), bytes(name), 0);
    }

    void chmod(String name, int mode) {
        TreeCalls.fchmodat(fd(), bytes(name), mode);
    }

    void chown(String name, int uid, int gid) {
        TreeCalls.fchownat(fd(), bytes(name), uid, gid, At.AT_SYMLINK_NOFOLLOW);
    }

    void setTimes(String name, long seconds, int nanos) {
        TreeCalls.utimensat(fd(), bytes(name), seconds, nanos, seconds, nanos, At.AT_SYMLINK_NOFOLLOW);
    }

    void rename(String name, String newName, int flags) {
        TreeCalls.renameat2(fd(), bytes(name), fd(), bytes(newName), flags);
    }

    static byte[] bytes(String name) {
        return CString.of(name.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() {
        fd.close();
    }
}
