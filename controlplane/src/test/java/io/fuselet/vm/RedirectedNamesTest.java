// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static io.fuselet.vm.Outcome.done;
import static io.fuselet.vm.Outcome.of;
import static io.fuselet.vm.RedirectedAttributesTest.mode;

import io.fuselet.sys.At;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names of known objects are removed, moved and added without the daemon. */
@Tag("vm")
@Timeout(600)
class RedirectedNamesTest {
    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void removed(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(
                new Operation("unlink", List.of("UNLINK"), RedirectedNamesTest::unlink),
                new Operation("unlink while open", List.of("UNLINK"), RedirectedNamesTest::unlinkWhileOpen),
                new Operation("rmdir", List.of("RMDIR"), RedirectedNamesTest::rmdir)));
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void moved(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(
                new Operation("rename", List.of("RENAME"), RedirectedNamesTest::rename),
                new Operation("rename over", List.of("RENAME"), RedirectedNamesTest::renameOver),
                new Operation("rename across", List.of("RENAME"), RedirectedNamesTest::renameAcross),
                new Operation("refused renames", List.of("RENAME"), RedirectedNamesTest::refusedRenames),
                new Operation("rename with flags", List.of("RENAME2"), RedirectedNamesTest::renameWithFlags)));
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Operation#settings")
    void added(Operation.Setting setting) throws Exception {
        Operation.runAll(setting, List.of(new Operation("link", List.of("LINK"), RedirectedNamesTest::link)));
    }

    private static List<String> unlink(Directory d) throws Exception {
        return List.of(unlink(d, "file"), unlink(d, "hardlink"), unlink(d, "symlink"), mode(d, "other"), mode(d, "file"), unlink(d, "file"),
                unlink(d, "full"));
    }

    private static List<String> unlinkWhileOpen(Directory d) throws Exception {
        try (Fd file = d.openFile("file", Open.O_RDWR)) {
            String removed = unlink(d, "file");
            String links = of(() -> Stat.of(file.number()).nlink());
            FileCalls.ftruncate(file.number(), 10);
            TreeCalls.fchmod(file.number(), 0600);
            String after = of(() -> Stat.of(file.number()).size() + " " + Stat.of(file.number()).mode());
            return List.of(removed, links, after, Arrays.toString(Directory.read(file)));
        }
    }

    private static List<String> rmdir(Directory d) throws Exception {
        return List.of(rmdir(d, "full"), rmdir(d, "file"), rmdir(d, "empty"), rmdir(d, "empty"), mode(d, "empty"));
    }

    private static List<String> rename(Directory d) throws Exception {
        d.rename("file", "new", 0);
        d.rename("full", "moved", 0);
        d.rename("symlink", "moved symlink", 0);
        try (Directory moved = d.open("moved")) {
            return List.of(mode(moved, "inner"), mode(d, "new"), mode(d, "file"), mode(d, "full"));
        }
    }

    private static List<String> renameOver(Directory d) throws Exception {
        try (Fd replaced = d.openFile("other", Open.O_RDONLY)) {
            d.rename("file", "other", 0);
            d.rename("full", "empty", 0);
            return List.of(mode(d, "other"), mode(d, "hardlink"), of(() -> Stat.of(replaced.number()).nlink()), mode(d, "file"));
        }
    }

    private static List<String> renameAcross(Directory d) throws Exception {
        try (Directory full = d.open("full")) {
            TreeCalls.renameat2(d.fd(), Directory.bytes("file"), full.fd(), Directory.bytes("inner"), 0);
            TreeCalls.renameat2(d.fd(), Directory.bytes("empty"), full.fd(), Directory.bytes("moved"), 0);
            return List.of(mode(d, "full"), mode(full, "inner"), mode(full, "moved/.."));
        }
    }

    private static List<String> refusedRenames(Directory d) throws Exception {
        try (Directory full = d.open("full")) {
            return List.of(
                    done(() -> d.rename("empty", "full", 0)),
                    done(() -> d.rename("file", "empty", 0)),
                    done(() -> d.rename("empty", "file", 0)),
                    done(() -> d.rename("absent", "file", 0)),
                    done(() -> d.rename("other", "hardlink", 0)),
                    done(() -> TreeCalls.renameat2(d.fd(), Directory.bytes("full"), full.fd(), Directory.bytes("below itself"), 0)),
                    done(() -> d.rename("file", "other", 1 << 20)),
                    done(() -> d.rename("file", "renamed at last", 0)));
        }
    }

    /** What a whiteout leaves behind is a device, and special files are the daemon's. */
    private static List<String> renameWithFlags(Directory d) throws Exception {
        return List.of(
                done(() -> d.rename("file", "other", At.RENAME_NOREPLACE)),
                done(() -> d.rename("file", "new", At.RENAME_NOREPLACE)),
                done(() -> d.rename("new", "full", At.RENAME_EXCHANGE)), mode(d, "new"), mode(d, "full"),
                done(() -> d.rename("new", "absent", At.RENAME_EXCHANGE)),
                done(() -> d.rename("other", "moved", At.RENAME_WHITEOUT)), mode(d, "moved"),
                done(() -> d.rename("hardlink", "moved", At.RENAME_NOREPLACE | At.RENAME_EXCHANGE)));
    }

    private static List<String> link(Directory d) throws Exception {
        d.link("file", "second");
        d.link("symlink", "second symlink");
        try (Directory full = d.open("full"); Fd open = d.openFile("second", Open.O_RDWR)) {
            TreeCalls.linkat(d.fd(), Directory.bytes("file"), full.fd(), Directory.bytes("third"), 0);
            FileCalls.ftruncate(open.number(), 7);
            return List.of(mode(d, "file"), mode(d, "second"), mode(full, "third"), mode(d, "second symlink"),
                    done(() -> d.link("file", "other")), done(() -> d.link("full", "directory")), done(() -> d.link("absent", "new")),
                    unlink(d, "file"), mode(d, "second"));
        }
    }

    private static String unlink(Directory d, String name) throws Exception {
        return done(() -> TreeCalls.unlinkat(d.fd(), Directory.bytes(name), 0));
    }

    private static String rmdir(Directory d, String name) throws Exception {
        return done(() -> TreeCalls.unlinkat(d.fd(), Directory.bytes(name), At.AT_REMOVEDIR));
    }
}
