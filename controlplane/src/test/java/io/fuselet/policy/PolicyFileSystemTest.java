// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fuselet.fuse.KernelSide;
import io.fuselet.fuse.KernelSide.DirectoryEntry;
import io.fuselet.fuse.Request;
import io.fuselet.stackfs.StackFileSystem;
import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Open;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the daemon makes of requests under a policy, as any tier sends them. */
class PolicyFileSystemTest {
    private static final long ROOT = Request.ROOT_ID;
    private static final int RENAME_EXCHANGE = 2;
    private static final String POLICY = """
            rules:
              - {path: /hidden, effect: hide}
              - {path: /denied/open, effect: allow}
              - {path: /denied, effect: deny}
              - {path: /fixed, effect: read-only}
              - {path: /dir/fixed, effect: read-only}
              - {path: /told, effect: audit}
              - {path: /mine, uid: 7, effect: hide}
              - {path: '/**/*.key', effect: hide, audit: true}
            """;

    @TempDir
    Path below;

    private final List<AuditEvent> events = new ArrayList<>();
    private final Map<Long, byte[]> map = new HashMap<>();
    private final NodeFlagsMap kernelMap = new NodeFlagsMap() {
        @Override
        public boolean put(long nodeId, byte[] flags) {
            map.put(nodeId, flags);
            return true;
        }

        @Override
        public void remove(long nodeId) {
            map.remove(nodeId);
        }

        @Override
        public void beforeChange() {
        }
    };
    private StackFileSystem inner;
    private PolicyFileSystem fs;
    private KernelSide kernel;

    @BeforeEach
    void start() throws Exception {
        for (String directory : List.of("denied", "dir", "fixed", "told", "free")) {
            Files.createDirectory(below.resolve(directory));
        }
        for (String file : List.of("hidden", "denied/open", "denied/closed", "dir/fixed", "dir/x", "fixed/x", "told/x", "mine", "free/a.key", "free/x")) {
            Files.writeString(below.resolve(file), "content");
        }
        inner = new StackFileSystem(below.toString(), StackOptions.DEFAULT);
        fs = new PolicyFileSystem(inner, PolicyTest.policy(POLICY), events::add);
        kernel = new KernelSide(fs);
    }

    @AfterEach
    void stop() {
        inner.close();
    }

    @Test
    void hiddenNamesAreAbsent() {
        assertThat(errno(() -> kernel.lookup(ROOT, "hidden"))).isEqualTo(Errno.ENOENT);
        assertThat(list(ROOT, false)).contains(".", "..", "denied", "mine").doesNotContain("hidden");
        assertThat(list(node("free"), true)).containsExactlyInAnyOrder(".", "..", "x");
        assertThat(errno(() -> kernel.unlink(ROOT, "hidden"))).isEqualTo(Errno.ENOENT);
        assertThat(errno(() -> kernel.rename(ROOT, "hidden", ROOT, "new", 0))).isEqualTo(Errno.ENOENT);
        assertThat(below.resolve("hidden")).exists();
    }

    @Test
    void hiddenNamesCannotBeMadeWhetherOrNotTheyExist() {
        long free = node("free");
        long file = kernel.lookup(free, "x").node();
        for (String name : List.of("a.key", "absent.key")) {
            assertThat(errno(() -> kernel.create(free, name, Open.O_RDWR, 0644, 0))).isEqualTo(Errno.EACCES);
            assertThat(errno(() -> kernel.mkdir(free, name, 0755, 0))).isEqualTo(Errno.EACCES);
            assertThat(errno(() -> kernel.symlink(free, name, "x"))).isEqualTo(Errno.EACCES);
            assertThat(errno(() -> kernel.link(file, free, name))).isEqualTo(Errno.EACCES);
            assertThat(errno(() -> kernel.rename(free, "x", free, name, 0))).isEqualTo(Errno.EACCES);
            assertThat(errno(() -> kernel.rename(free, "x", free, name, RENAME_EXCHANGE))).isEqualTo(Errno.EACCES);
        }
        assertThat(below.resolve("free/absent.key")).doesNotExist();
        assertThat(below.resolve("free/a.key")).hasContent("content");
    }

    @Test
    void deniedDirectoriesShowOnlyWhatIsAllowed() {
        long denied = node("denied");

        assertThat(errno(() -> kernel.opendir(denied))).isEqualTo(Errno.EACCES);
        assertThat(errno(() -> kernel.lookup(denied, "closed"))).isEqualTo(Errno.EACCES);
        assertThat(errno(() -> kernel.lookup(denied, "absent"))).isEqualTo(Errno.EACCES);
        assertThat(errno(() -> kernel.create(denied, "new", Open.O_RDWR, 0644, 0))).isEqualTo(Errno.EACCES);
        long open = kernel.lookup(denied, "open").node();
        long fh = kernel.open(open, Open.O_RDWR);
        assertThat(kernel.read(open, fh, 0, 7)).isEqualTo("content");
        kernel.release(open, fh);
    }

    @Test
    void readOnlyRefusesEveryChange() {
        long fixed = kernel.lookup(node("fixed"), "x").node();
        long parent = node("fixed");
        long fh = kernel.open(fixed, Open.O_RDONLY);

        assertThat(kernel.read(fixed, fh, 0, 7)).isEqualTo("content");
        List<ThrowingCallable> changes = List.of(
                () -> kernel.open(fixed, Open.O_WRONLY),
                () -> kernel.open(fixed, Open.O_RDWR),
                () -> kernel.open(fixed, Open.O_RDONLY | Open.O_TRUNC),
                () -> kernel.write(fixed, fh, 0, "x", 0),
                () -> kernel.chmod(fixed, 0777),
                () -> kernel.setModified(fixed, 1),
                () -> kernel.truncate(fixed, 0, 0),
                () -> kernel.fallocate(fixed, fh, 0, 0, 10),
                () -> kernel.copy(fixed, fixed, 3),
                () -> kernel.unlink(parent, "x"),
                () -> kernel.mkdir(parent, "new", 0755, 0),
                () -> kernel.rename(parent, "x", ROOT, "y", 0),
                () -> kernel.rename(node("free"), "x", parent, "y", 0),
                () -> kernel.rename(node("free"), "x", parent, "x", 0),
                () -> kernel.link(fixed, node("free"), "y"),
                () -> kernel.unlink(node("dir"), "fixed"),
                () -> kernel.rename(node("dir"), "fixed", node("dir"), "loose", 0),
                () -> kernel.rename(node("dir"), "x", node("dir"), "fixed", 0),
                () -> kernel.rmdir(ROOT, "fixed"));
        for (int i = 0; i < changes.size(); i++) {
            assertThat(errno(changes.get(i))).as("change " + i).isEqualTo(Errno.EROFS);
        }
        kernel.unlink(node("dir"), "x");
    }

    @Test
    void aDirectoryIsNotMovedAwayFromItsRules() {
        assertThat(errno(() -> kernel.rename(ROOT, "dir", ROOT, "free2", 0))).isEqualTo(Errno.EXDEV);
        assertThat(errno(() -> kernel.rename(ROOT, "free", ROOT, "dir", RENAME_EXCHANGE))).isEqualTo(Errno.EXDEV);
        kernel.rename(ROOT, "free", ROOT, "free2", 0);
        assertThat(errno(() -> kernel.lookup(node("free2"), "a.key"))).isEqualTo(Errno.ENOENT);
    }

    @Test
    void whatMovesIsJudgedAnew() {
        long free = node("free");
        long file = kernel.lookup(free, "x").node();
        long told = node("told");
        assertThat(errno(() -> kernel.rename(ROOT, "free", told, "free", 0))).as("the audit would reveal keys").isEqualTo(Errno.EXDEV);
        fs.replace(PolicyTest.policy("rules: [{path: /told, effect: audit}]"), kernelMap, () -> { });
        assertThat(map.get(file)[0]).isZero();

        kernel.rename(ROOT, "free", told, "free", 0);
        assertThat(map.get(file)[0]).as("below a directory that moved").isEqualTo((byte) NodeFlags.AUDIT);
        kernel.rename(told, "free", ROOT, "free", 0);
        assertThat(map.get(file)[0]).isZero();
        kernel.rename(free, "x", told, "x", RENAME_EXCHANGE);
        assertThat(fs.paths(file)).containsExactly(TreePath.parse("/told/x"));
        assertThat(map.get(file)[0] & NodeFlags.AUDIT).isNotZero();
        kernel.unlink(told, "x");
        assertThat(fs.paths(file)).isEmpty();
        assertThat(map.get(file)[0] & NodeFlags.AUDIT).as("keeps what it had").isNotZero();
        kernel.forget(file, 1);
        assertThat(map).doesNotContainKey(file);
    }

    @Test
    void namesHiddenByAMoveAreReported() {
        fs.replace(PolicyTest.policy("rules: [{path: /new/x, effect: hide}]"), NodeFlagsMap.NONE, () -> { });
        long file = kernel.lookup(node("free"), "x").node();
        List<PolicyFileSystem.KnownName> outdated = new ArrayList<>();
        fs.onOutdated(outdated::addAll);

        kernel.rename(ROOT, "free", ROOT, "new", 0);
        assertThat(outdated).extracting(PolicyFileSystem.KnownName::node).containsExactly(file);
        assertThat(errno(() -> kernel.getattr(file))).isEqualTo(Errno.ENOENT);
    }

    @Test
    void theStrictestOfSeveralPathsHolds() throws Exception {
        Files.createLink(below.resolve("free/link"), below.resolve("fixed/x"));
        long free = node("free");
        long byLink = kernel.lookup(free, "link").node();
        kernel.release(byLink, kernel.open(byLink, Open.O_RDWR));

        assertThat(kernel.lookup(node("fixed"), "x").node()).isEqualTo(byLink);
        assertThat(errno(() -> kernel.open(byLink, Open.O_RDWR))).isEqualTo(Errno.EROFS);
        assertThat(errno(() -> kernel.link(byLink, free, "third"))).isEqualTo(Errno.EROFS);
        kernel.unlink(free, "link");
        assertThat(errno(() -> kernel.open(byLink, Open.O_RDWR))).isEqualTo(Errno.EROFS);
    }

    @Test
    void aFurtherNameOfSomethingHiddenIsAbsentWhileThatIsKnown() throws Exception {
        fs.replace(PolicyTest.policy("rules: []"), NodeFlagsMap.NONE, () -> { });
        long hidden = kernel.lookup(ROOT, "hidden").node();
        Files.createLink(below.resolve("free/link"), below.resolve("hidden"));
        fs.replace(PolicyTest.policy(POLICY), NodeFlagsMap.NONE, () -> { });

        assertThat(errno(() -> kernel.lookup(node("free"), "link"))).isEqualTo(Errno.ENOENT);
        assertThat(errno(() -> kernel.open(hidden, Open.O_RDONLY))).isEqualTo(Errno.ENOENT);
        kernel.forget(hidden, 1);
        assertThat(kernel.lookup(node("free"), "link").node()).isPositive();
    }

    @Test
    void callersAreToldApart() {
        assertThat(list(ROOT, false)).contains("mine");
        long mine = kernel.lookup(ROOT, "mine").node();
        kernel.as(7, 0);
        assertThat(list(ROOT, false)).doesNotContain("mine");
        assertThat(errno(() -> kernel.lookup(ROOT, "mine"))).isEqualTo(Errno.ENOENT);
        assertThat(errno(() -> kernel.getattr(mine))).isEqualTo(Errno.ENOENT);
        assertThat(errno(() -> kernel.create(ROOT, "mine", Open.O_RDWR, 0644, 0))).isEqualTo(Errno.EACCES);
        kernel.as(0, 0);
        assertThat(kernel.getattr(mine).size()).isEqualTo(7);
    }

    @Test
    void anOpenFileIsUnderThePolicyOfToday() {
        long file = kernel.lookup(node("free"), "x").node();
        long fh = kernel.open(file, Open.O_RDWR);
        Policy stricter = PolicyTest.policy("rules: [{path: /free, effect: deny}]");

        assertThat(fs.replace(stricter, NodeFlagsMap.NONE, () -> { })).extracting(PolicyFileSystem.KnownName::node).contains(file);
        assertThat(errno(() -> kernel.read(file, fh, 0, 7))).isEqualTo(Errno.EACCES);
        assertThat(errno(() -> kernel.write(file, fh, 0, "x", 0))).isEqualTo(Errno.EACCES);
        kernel.release(file, fh);
    }

    @Test
    void aPolicyThatCannotBeActivatedLeavesTheOldOne() {
        long file = kernel.lookup(node("free"), "x").node();

        IllegalStateException failure = catchThrowableOfType(IllegalStateException.class,
                () -> fs.replace(PolicyTest.policy("rules: [{path: /free, uid: 3, effect: deny}]"), kernelMap, () -> {
                    throw new IllegalStateException("refused");
                }));

        assertThat(failure).hasMessage("refused");
        kernel.release(file, kernel.open(file, Open.O_RDWR));
        assertThat(errno(() -> kernel.lookup(ROOT, "hidden"))).isEqualTo(Errno.ENOENT);
    }

    @Test
    void whatIsAuditedIsTold() {
        long told = kernel.lookup(node("told"), "x").node();
        kernel.release(told, kernel.open(told, Open.O_RDONLY));
        kernel.chmod(told, 0600);
        kernel.rename(node("told"), "x", node("free"), "y", 0);
        errno(() -> kernel.lookup(node("free"), "a.key"));
        errno(() -> kernel.mkdir(ROOT, "b.key", 0755, 0));

        assertThat(events).extracting(event -> event.operation() + " " + event.path() + " " + event.newPath() + " " + event.verdict())
                .containsExactly("OPEN /told/x null allow", "SETATTR /told/x null allow", "RENAME2 /told/x /free/y allow",
                        "LOOKUP /free/a.key null hide", "MKDIR /b.key null deny");
    }

    @Test
    void aDirectoryFullOfHiddenNamesIsListedToItsEnd() throws Exception {
        for (int i = 0; i < 500; i++) {
            Files.createFile(below.resolve("free/" + i + (i % 100 == 99 ? "" : ".key")));
        }

        assertThat(list(node("free"), false)).containsExactlyInAnyOrder(".", "..", "x", "99", "199", "299", "399", "499");
        assertThat(list(node("free"), true)).containsExactlyInAnyOrder(".", "..", "x", "99", "199", "299", "399", "499");
    }

    private long node(String name) {
        return kernel.lookup(ROOT, name).node();
    }

    private List<String> list(long directory, boolean plus) {
        List<String> names = new ArrayList<>();
        long fh = kernel.opendir(directory);
        long offset = 0;
        while (true) {
            List<DirectoryEntry> entries = plus ? kernel.readdirplus(directory, fh, offset, 512) : kernel.readdir(directory, fh, offset, 128);
            if (entries.isEmpty()) {
                break;
            }
            entries.forEach(entry -> names.add(entry.name()));
            offset = entries.get(entries.size() - 1).off();
        }
        kernel.releasedir(directory, fh);
        return names;
    }

    private static int errno(ThrowingCallable call) {
        ErrnoException e = catchThrowableOfType(ErrnoException.class, call);
        return e == null ? 0 : e.errno();
    }
}
