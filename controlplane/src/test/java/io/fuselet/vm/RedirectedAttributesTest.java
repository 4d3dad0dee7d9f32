// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static io.fuselet.vm.Outcome.done;
import static io.fuselet.vm.Outcome.of;

import io.fuselet.sys.At;
import io.fuselet.sys.CString;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.ProcFd;
import io.fuselet.sys.Stat;
import io.fuselet.sys.StatFs;
import io.fuselet.sys.TreeCalls;
import io.fuselet.sys.XattrCalls;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attributes, extended attributes and ACLs of known files are asked for and set without the daemon. */
@Tag("vm")
@Timeout(600)
class RedirectedAttributesTest {
    private static final String ACL = "system.posix_acl_access";

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void attributes(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(
                new Operation("fstat", List.of("STATX"), RedirectedAttributesTest::stat),
                new Operation("statfs", List.of("STATFS"), RedirectedAttributesTest::statfs),
                new Operation("readlink", List.of("READLINK"), RedirectedAttributesTest::readlink),
                new Operation("chmod", List.of("SETATTR"), RedirectedAttributesTest::chmod),
                new Operation("chown", List.of("SETATTR"), RedirectedAttributesTest::chown),
                new Operation("utimes", List.of("SETATTR"), RedirectedAttributesTest::setTimes),
                new Operation("truncate", List.of("SETATTR"), RedirectedAttributesTest::truncate),
                new Operation("through an open file", List.of("SETATTR", "OPEN"), RedirectedAttributesTest::throughAnOpenFile)));
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void extendedAttributes(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(
                new Operation("getxattr", List.of("GETXATTR"), RedirectedAttributesTest::getxattr),
                new Operation("setxattr", List.of("SETXATTR"), RedirectedAttributesTest::setxattr),
                new Operation("listxattr", List.of("LISTXATTR"), RedirectedAttributesTest::listxattr),
                new Operation("removexattr", List.of("REMOVEXATTR"), RedirectedAttributesTest::removexattr),
                new Operation("acl", List.of("SETXATTR", "GETXATTR", "REMOVEXATTR"), RedirectedAttributesTest::acl)));
    }

    private static List<String> stat(Directory d) throws Exception {
        byte[] file = Directory.bytes("file");
        return List.of(
                mode(d, "file"), mode(d, "symlink"), mode(d, "full"), of(() -> Stat.at(d.fd(), file).hasBtime()),
                of(() -> Stat.at(d.fd(), file, At.AT_SYMLINK_NOFOLLOW | At.AT_STATX_FORCE_SYNC).size()));
    }

    private static List<String> statfs(Directory d) {
        StatFs fs = StatFs.of(d.fd());
        return List.of("block size " + fs.bsize(), "blocks " + fs.blocks(), "fragments " + fs.frsize(), "names " + fs.namelen());
    }

    private static List<String> readlink(Directory d) {
        return List.of(HexFormat.of().formatHex(TreeCalls.readlinkat(d.fd(), Directory.bytes("symlink"))));
    }

    private static List<String> chmod(Directory d) throws Exception {
        d.chmod("file", 0640);
        d.chmod("other", 06751);
        d.chmod("empty", 01777);
        return List.of(mode(d, "file"), mode(d, "other"), mode(d, "hardlink"), mode(d, "empty"));
    }

    private static List<String> chown(Directory d) throws Exception {
        d.chmod("other", 06755);
        d.chown("other", 1000, 1001);
        d.chown("symlink", 1002, -1);
        d.chown("empty", -1, 1003);
        return List.of(mode(d, "other"), mode(d, "symlink"), mode(d, "empty"));
    }

    private static List<String> setTimes(Directory d) {
        d.setTimes("file", 1_234_567_890, 123_456_789);
        d.setTimes("symlink", 1_000_000_000, 1);
        Stat file = Stat.at(d.fd(), Directory.bytes("file"));
        Stat link = Stat.at(d.fd(), Directory.bytes("symlink"));
        return List.of(file.mtime() + "." + file.mtimeNanos() + " " + file.atime(), link.mtime() + "." + link.mtimeNanos());
    }

    private static List<String> truncate(Directory d) throws Exception {
        return List.of(truncated(d, "file", 100), truncated(d, "file", 5000), truncated(d, "other", 0), truncated(d, "full", 0), mode(d, "file"));
    }

    private static String truncated(Directory d, String name, long size) throws Exception {
        try (Fd path = d.openFile(name, Open.O_PATH)) {
            return done(() -> FileCalls.truncate(ProcFd.path(path.number()), size));
        }
    }

    private static List<String> throughAnOpenFile(Directory d) throws Exception {
        try (Fd file = d.openFile("file", Open.O_RDWR)) {
            int fd = file.number();
            FileCalls.ftruncate(fd, 12_345);
            TreeCalls.fchmod(fd, 0604);
            TreeCalls.fchownat(fd, CString.EMPTY, 1000, 1001, At.AT_EMPTY_PATH);
            TreeCalls.futimens(fd, 1_000_000_001, 2, 1_000_000_003, 4);
            Stat stat = Stat.of(fd);
            return List.of(mode(d, "file"), stat.mtime() + "." + stat.mtimeNanos());
        }
    }

    private static List<String> getxattr(Directory d) throws Exception {
        return List.of(
                value(d, "other", "user.comment", 100), value(d, "hardlink", "user.comment", 0), value(d, "other", "user.comment", 3),
                value(d, "other", "user.absent", 100), value(d, "file", "trusted.absent", 100), value(d, "other", "unknown.space", 100));
    }

    private static List<String> setxattr(Directory d) throws Exception {
        return List.of(
                set(d, "file", "user.new", "value", XattrCalls.XATTR_CREATE), set(d, "file", "user.new", "value", XattrCalls.XATTR_CREATE),
                set(d, "file", "user.absent", "value", XattrCalls.XATTR_REPLACE), set(d, "file", "user.new", "longer value", XattrCalls.XATTR_REPLACE),
                set(d, "full", "user.of a directory", "x", 0), set(d, "file", "trusted.new", "hidden", 0),
                value(d, "file", "user.new", 100), value(d, "file", "trusted.new", 100));
    }

    private static List<String> listxattr(Directory d) throws Exception {
        try (Fd other = d.openFile("other", Open.O_PATH); Fd file = d.openFile("file", Open.O_PATH)) {
            NativeBuffer small = NativeBuffer.allocate(3);
            return List.of(TreeComparison.attributes(other).toString(), TreeComparison.attributes(file).toString(),
                    of(() -> XattrCalls.list(other.number(), 0, 0)), of(() -> XattrCalls.list(other.number(), small.address(), 3)));
        }
    }

    private static List<String> removexattr(Directory d) throws Exception {
        return List.of(remove(d, "other", "user.comment"), remove(d, "other", "user.comment"), value(d, "hardlink", "user.comment", 100));
    }

    /** The group's bits of the mode follow the mask, and a minimal ACL is a mode again. */
    private static List<String> acl(Directory d) throws Exception {
        SampleTree.setAttribute(d, "file", ACL, SampleTree.acl());
        String extended = mode(d, "file") + value(d, "file", ACL, 100);
        d.chmod("file", 0660);
        String masked = mode(d, "file") + value(d, "file", ACL, 100);
        SampleTree.setAttribute(d, "other", ACL, SampleTree.defaultAcl());
        SampleTree.setAttribute(d, "full", "system.posix_acl_default", SampleTree.defaultAcl());
        return List.of(
                extended, masked, mode(d, "other"), value(d, "other", ACL, 100), value(d, "full", "system.posix_acl_default", 100),
                remove(d, "file", ACL), mode(d, "file"), value(d, "file", ACL, 100), remove(d, "full", "system.posix_acl_default"));
    }

    static String mode(Directory d, String name) throws Exception {
        return of(() -> {
            Stat s = Stat.at(d.fd(), Directory.bytes(name));
            String size = s.isDirectory() ? "" : " size " + s.size();
            return Integer.toOctalString(s.mode()) + " " + s.uid() + ":" + s.gid() + " links " + s.nlink() + size;
        });
    }

    private static String value(Directory d, String file, String name, int room) throws Exception {
        NativeBuffer buffer = NativeBuffer.allocate(Math.max(room, 1));
        try (Fd fd = d.openFile(file, Open.O_PATH)) {
            return of(() -> {
                int size = XattrCalls.get(fd.number(), Directory.bytes(name), room == 0 ? 0 : buffer.address(), room);
                return size + " bytes " + Arrays.toString(room == 0 ? null : buffer.toArray(size));
            });
        }
    }

    private static String set(Directory d, String file, String name, String value, int flags) throws Exception {
        NativeBuffer buffer = NativeBuffer.copyOf(value.getBytes());
        try (Fd fd = d.openFile(file, Open.O_PATH)) {
            return done(() -> XattrCalls.set(fd.number(), Directory.bytes(name), buffer.address(), value.length(), flags));
        }
    }

    private static String remove(Directory d, String file, String name) throws Exception {
        try (Fd fd = d.openFile(file, Open.O_PATH)) {
            return done(() -> XattrCalls.remove(fd.number(), Directory.bytes(name)));
        }
    }
}
