// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.Mode;
import io.fuselet.sys.Open;
import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whose are new files, and with which permissions. */
@Tag("vm")
class StackOwnershipTest {
    private static final int UID = 1000;
    private static final int GID = 1001;
    private static final int[] NO_GROUPS = {};

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void whatACallerMakesBelongsToTheCaller(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            prepare(below, 0777, 0);
            AsUser.run(UID, GID, NO_GROUPS, () -> makeOneOfEach(above));
            try (Directory lower = Directory.open(below.resolve("d"))) {
                for (String name : lower.names()) {
                    Stat stat = Stat.at(lower.fd(), Directory.bytes(name));
                    assertThat(new int[] {stat.uid(), stat.gid()}).as(name).containsExactly(UID, GID);
                }
                assertThat(lower.names()).hasSize(4);
            }
        });
    }

    private static void makeOneOfEach(Path above) {
        try (Directory upper = Directory.open(above.resolve("d"))) {
            upper.write("file", new byte[10]);
            upper.mkdir("directory", 0755);
            upper.symlink("target", "link");
            TreeCalls.mknodat(upper.fd(), Directory.bytes("fifo"), Mode.S_IFIFO | 0600, 0);
        }
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void aSupplementaryGroupMayWrite(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            prepare(below, 02770, 77);
            AsUser.run(UID, GID, new int[] {77}, () -> makeOneOfEach(above));
            try (Directory lower = Directory.open(below.resolve("d"))) {
                Stat file = Stat.at(lower.fd(), Directory.bytes("file"));
                Stat directory = Stat.at(lower.fd(), Directory.bytes("directory"));
                assertThat(file.uid()).isEqualTo(UID);
                assertThat(file.gid()).as("inherited from a set-group-id directory").isEqualTo(77);
                assertThat(directory.mode() & Mode.S_ISGID).isNotZero();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void whoMayNotWriteBelowMayNotAbove(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            prepare(below, 0755, 0);
            AsUser.run(UID, GID, NO_GROUPS, () -> {
                var refused = catchThrowableOfType(() -> makeOneOfEach(above), ErrnoException.class);
                assertThat(refused.errno()).isEqualTo(Errno.EACCES);
            });
        });
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void theMaskAppliesUnlessADefaultAclTakesItsPlace(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            prepare(below, 0777, 0);
            try (Directory lower = Directory.open(below)) {
                lower.mkdir("acl", 0777);
                SampleTree.setAttribute(lower, "acl", "system.posix_acl_default", SampleTree.defaultAcl());
            }
            int before = ProcessCalls.umask(027);
            try (Directory plain = Directory.open(above.resolve("d")); Directory acl = Directory.open(above.resolve("acl"))) {
                assertThat(modeOfNew(plain)).isEqualTo(0640);
                assertThat(modeOfNew(acl)).isEqualTo(0664);
            } finally {
                ProcessCalls.umask(before);
            }
        });
    }

    private static int modeOfNew(Directory directory) {
        byte[] name = Directory.bytes("new");
        try (Fd file = new Fd(io.fuselet.sys.FileCalls.openat(directory.fd(), name, Open.O_CREAT | Open.O_WRONLY, 0666))) {
            return Stat.of(file.number()).mode() & Mode.PERMISSIONS;
        }
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#each")
    void aWriteTakesSetIdBitsAway(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            prepare(below, 0777, 0);
            try (Directory lower = Directory.open(below)) {
                lower.write("program", new byte[10]);
                lower.chmod("program", 06777);
            }
            AsUser.run(UID, GID, NO_GROUPS, () -> {
                try (Directory upper = Directory.open(above)) {
                    upper.write("program", new byte[20]);
                }
            });
            try (Directory lower = Directory.open(below)) {
                assertThat(Stat.at(lower.fd(), Directory.bytes("program")).mode() & Mode.PERMISSIONS).isEqualTo(0777);
            }
        });
    }

    /** A directory {@code d} below, in a directory that all may search. */
    private static void prepare(Path below, int mode, int gid) {
        try (Directory lower = Directory.open(below)) {
            TreeCalls.fchmod(lower.fd(), 0755);
            lower.mkdir("d", 0);
            lower.chown("d", 0, gid);
            lower.chmod("d", mode);
        }
    }
}
