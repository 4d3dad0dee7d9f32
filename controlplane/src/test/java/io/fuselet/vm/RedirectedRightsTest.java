// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static io.fuselet.vm.Outcome.done;
import static io.fuselet.vm.Outcome.of;
import static io.fuselet.vm.RedirectedAttributesTest.mode;

import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.TreeCalls;
import io.fuselet.sys.XattrCalls;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the kernel redirects is done with root's credentials, and yet a caller may above what he may below. */
@Tag("vm")
@Timeout(600)
class RedirectedRightsTest {
    private static final int UID = 1000;
    private static final int GID = 1001;
    private static final int OTHER_GROUP = 77;
    private static final int SUPPLEMENTARY = 78;
    private static final int[] GROUPS = {SUPPLEMENTARY};
    private static final String ACL = "system.posix_acl_access";

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void callers(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(
                new Operation("stranger", List.of("OPENDIR"), RedirectedRightsTest::stranger),
                new Operation("owner", List.of("SETATTR", "SETXATTR"), RedirectedRightsTest::owner),
                new Operation("group", List.of("SETATTR"), RedirectedRightsTest::group),
                new Operation("sticky directory", List.of("UNLINK", "RENAME"), RedirectedRightsTest::stickyDirectory),
                new Operation("ACL", List.of("OPEN"), RedirectedRightsTest::acl)));
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void setIdBits(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(
                new Operation("set-id and write", List.of("OPEN"), d -> withSetId(d, results -> {
                    try (Fd file = d.openFile("file", Open.O_WRONLY)) {
                        results.add(write(file));
                    }
                })),
                new Operation("set-id and truncate", List.of("SETATTR"), d -> withSetId(d, results -> {
                    try (Fd file = d.openFile("file", Open.O_WRONLY)) {
                        results.add(done(() -> FileCalls.ftruncate(file.number(), 10)));
                    }
                })),
                new Operation("set-id and O_TRUNC", List.of("SETATTR"),
                        d -> withSetId(d, results -> results.add(done(() -> d.openFile("file", Open.O_WRONLY | Open.O_TRUNC).close())))),
                new Operation("set-id and fallocate", List.of("OPEN"), d -> withSetId(d, results -> {
                    try (Fd file = d.openFile("file", Open.O_WRONLY)) {
                        results.add(done(() -> FileCalls.fallocate(file.number(), 0, 0, 100_000)));
                    }
                })),
                new Operation("set-id and chown", List.of("SETATTR"),
                        d -> withSetId(d, results -> results.add(done(() -> d.chown("file", -1, SUPPLEMENTARY)))))));
    }

    private static List<String> stranger(Directory d) throws Exception {
        d.chmod("file", 0644);
        SampleTree.setAttribute(d, "file", "trusted.secret", new byte[] {1});
        SampleTree.setAttribute(d, "file", "user.public", new byte[] {2});
        List<String> results = new ArrayList<>();
        AsUser.run(UID, GID, GROUPS, () -> results.addAll(List.of(
                done(() -> d.chmod("file", 0666)),
                done(() -> d.chown("file", UID, GID)),
                done(() -> d.setTimes("file", 1, 2)),
                done(() -> d.openFile("file", Open.O_RDWR).close()),
                done(() -> d.openFile("other", Open.O_RDONLY).close()),
                done(() -> TreeCalls.unlinkat(d.fd(), Directory.bytes("file"), 0)),
                done(() -> d.rename("file", "moved", 0)),
                done(() -> SampleTree.setAttribute(d, "file", "user.new", new byte[1])),
                done(() -> SampleTree.setAttribute(d, "file", ACL, SampleTree.defaultAcl())),
                done(() -> SampleTree.setAttribute(d, "file", "trusted.new", new byte[1])),
                attributes(d, "file"), trusted(d), mode(d, "file"))));
        return results;
    }

    private static List<String> owner(Directory d) throws Exception {
        d.chown("file", UID, GID);
        List<String> results = new ArrayList<>();
        AsUser.run(UID, GID, GROUPS, () -> results.addAll(List.of(
                done(() -> d.chmod("file", 02750)), mode(d, "file"),
                done(() -> d.chown("file", 0, -1)),
                done(() -> d.chown("file", -1, OTHER_GROUP)),
                done(() -> d.chown("file", -1, SUPPLEMENTARY)), mode(d, "file"),
                done(() -> d.setTimes("file", 1_000_000_000, 2)),
                done(() -> SampleTree.setAttribute(d, "file", "user.new", new byte[1])),
                done(() -> SampleTree.setAttribute(d, "file", "trusted.new", new byte[1])),
                done(() -> SampleTree.setAttribute(d, "file", ACL, SampleTree.acl())), mode(d, "file"), attributes(d, "file"))));
        return results;
    }

    /** A file of a group that its owner is not in: no set-group-ID bit for him. */
    private static List<String> group(Directory d) throws Exception {
        d.chown("file", UID, OTHER_GROUP);
        List<String> results = new ArrayList<>();
        AsUser.run(UID, GID, GROUPS, () -> results.addAll(List.of(done(() -> d.chmod("file", 02755)), mode(d, "file"))));
        return results;
    }

    private static List<String> stickyDirectory(Directory d) throws Exception {
        TreeCalls.fchmod(d.fd(), 01777);
        d.chown("other", UID, GID);
        d.chown("symlink", UID, GID);
        List<String> results = new ArrayList<>();
        AsUser.run(UID, GID, GROUPS, () -> results.addAll(List.of(
                done(() -> TreeCalls.unlinkat(d.fd(), Directory.bytes("file"), 0)),
                done(() -> d.rename("full", "moved", 0)),
                done(() -> d.rename("other", "file", 0)),
                done(() -> d.rename("other", "renamed", 0)),
                done(() -> TreeCalls.unlinkat(d.fd(), Directory.bytes("symlink"), 0)))));
        return results;
    }

    private static List<String> acl(Directory d) throws Exception {
        SampleTree.setAttribute(d, "file", ACL, SampleTree.acl());
        List<String> results = new ArrayList<>();
        AsUser.run(UID, GID, GROUPS, () -> results.addAll(List.of(
                done(() -> d.openFile("file", Open.O_RDONLY).close()), done(() -> d.openFile("file", Open.O_WRONLY).close()))));
        AsUser.run(UID + 1, GID, GROUPS, () -> results.add(done(() -> d.openFile("file", Open.O_RDONLY).close())));
        return results;
    }

    private interface Use {
        void accept(List<String> results) throws Exception;
    }

    /** What the owner of a set-user-ID and set-group-ID file does to it. */
    private static List<String> withSetId(Directory d, Use use) throws Exception {
        d.chown("file", UID, GID);
        d.chmod("file", 06777);
        List<String> results = new ArrayList<>();
        AsUser.run(UID, GID, GROUPS, () -> use.accept(results));
        results.add(mode(d, "file"));
        return results;
    }

    private static String write(Fd file) throws Exception {
        NativeBuffer buffer = NativeBuffer.copyOf(new byte[] {1, 2, 3});
        return of(() -> FileCalls.pwrite(file.number(), buffer.address(), 3, 0));
    }

    private static String attributes(Directory d, String name) {
        try (Fd file = d.openFile(name, Open.O_PATH)) {
            return TreeComparison.attributes(file).toString();
        }
    }

    private static String trusted(Directory d) throws Exception {
        NativeBuffer buffer = NativeBuffer.allocate(10);
        try (Fd file = d.openFile("file", Open.O_PATH)) {
            return of(() -> XattrCalls.get(file.number(), Directory.bytes("trusted.secret"), buffer.address(), 10));
        }
    }
}
