// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.bpf.ProgramInfo;
import io.fuselet.extension.Tier;
import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the project is about: on known nodes none of these requests wakes the daemon. Counted by the kernel and, apart from it, by the daemon. */
@Tag("vm")
@Timeout(600)
class ExtensionTierTest {
    private static final List<String> SILENT = List.of("GETATTR", "OPEN", "READ", "WRITE", "FLUSH", "RELEASE");
    private static final int FILES = 10;
    private static final int ROUNDS = 100;
    /** Names are kept, so that the rounds ask for files and not for names; attributes never are. */
    private static final StackOptions KEEP_NAMES = StackOptions.DEFAULT.withTimeouts(3600, 0);

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void knownFilesNeverWakeTheDaemon(String fileSystem) throws Exception {
        new Scratch(fileSystem, Tier.EXTENSION).serve(KEEP_NAMES, ExtensionTierTest::makeFiles, (mount, below) -> {
            round(mount.path());
            RequestCounts before = RequestCounts.of(mount);
            for (int i = 0; i < ROUNDS; i++) {
                round(mount.path());
            }
            assertThat(MappedRead.sum(mount.path())).isEqualTo(MappedRead.sum(below));
            RequestCounts after = RequestCounts.of(mount);

            for (String opcode : SILENT) {
                assertThat(after.upcalls(opcode) - before.upcalls(opcode)).as("the daemon's count of " + opcode).isZero();
                assertThat(after.kernel(opcode).pass() - before.kernel(opcode).pass()).as("the kernel's count of " + opcode).isZero();
            }
            assertThat(after.kernel("GETATTR").redirect() - before.kernel("GETATTR").redirect()).isGreaterThanOrEqualTo(FILES * ROUNDS);
            assertThat(after.kernel("OPEN").redirect() - before.kernel("OPEN").redirect()).isGreaterThanOrEqualTo(FILES * ROUNDS);
            assertThat(after.kernel("LOOKUP").refused() + after.kernel("OPEN").refused() + after.kernel("GETATTR").refused()).isZero();
        });
    }

    @Test
    void thePlainTierAsksForEach() throws Exception {
        new Scratch("tmpfs", Tier.PLAIN).serve(KEEP_NAMES, ExtensionTierTest::makeFiles, (mount, below) -> {
            for (int i = 0; i < ROUNDS; i++) {
                round(mount.path());
            }
            RequestCounts after = RequestCounts.of(mount);

            for (String opcode : List.of("GETATTR", "OPEN", "READ", "WRITE", "FLUSH")) {
                assertThat(after.upcalls(opcode)).as("the daemon's count of " + opcode).isGreaterThanOrEqualTo(FILES * ROUNDS);
                assertThat(after.kernel(opcode).pass()).as("the kernel's count of " + opcode).isEqualTo(after.upcalls(opcode));
            }
        });
    }

    @Test
    void theDaemonCountsWhatTheKernelPassed() throws Exception {
        new Scratch("ext4", Tier.EXTENSION).serve(StackOptions.DEFAULT.withTimeouts(0, 0), ExtensionTierTest::makeFiles, (mount, below) -> {
            round(mount.path());
            Files.createDirectory(mount.path().resolve("new"));
            Files.writeString(mount.path().resolve("new/file"), "made here");
            Files.move(mount.path().resolve("new/file"), mount.path().resolve("new/moved"));
            RequestCounts now = RequestCounts.of(mount);

            for (String opcode : List.of("LOOKUP", "CREATE", "MKDIR", "RENAME2", "OPENDIR", "SETATTR", "GETXATTR")) {
                assertThat(now.kernel(opcode).pass()).as(opcode).isEqualTo(now.upcalls(opcode));
            }
        });
    }

    @Test
    void whatIsMadeThroughTheMountIsBoundToo() throws Exception {
        new Scratch("ext4", Tier.EXTENSION).serve(KEEP_NAMES, below -> {}, (mount, below) -> {
            Path made = mount.path().resolve("made");
            Files.writeString(made, "first");
            RequestCounts before = RequestCounts.of(mount);
            assertThat(Files.size(made)).isEqualTo(5);
            assertThat(Files.readString(made)).isEqualTo("first");
            RequestCounts after = RequestCounts.of(mount);

            for (String opcode : SILENT) {
                assertThat(after.kernel(opcode).pass() - before.kernel(opcode).pass()).as(opcode).isZero();
            }
            assertThat(after.kernel("CREATE").bound()).isEqualTo(1);
        });
    }

    @Test
    void changesBelowShowAtOnce() throws Exception {
        new Scratch("ext4", Tier.EXTENSION).serve(KEEP_NAMES, ExtensionTierTest::makeFiles, (mount, below) -> {
            Path file = mount.path().resolve("file0");
            assertThat(Files.size(file)).isEqualTo(4096);

            Files.writeString(below.resolve("file0"), "shorter");

            assertThat(Files.size(file)).isEqualTo(7);
            assertThat(Files.readString(file)).isEqualTo("shorter");
        });
    }

    @Test
    void programsAreCompiled() throws Exception {
        new Scratch("tmpfs", Tier.EXTENSION).serve(KEEP_NAMES, below -> {}, (mount, below) -> {
            assertThat(mount.programs()).hasSizeGreaterThan(5).allMatch(ProgramInfo::jitCompiled);
            assertThat(mount.programs()).extracting(ProgramInfo::name).contains("entry", "getattr", "open", "lookup");
        });
    }

    private static void makeFiles(Path below) throws IOException {
        for (int i = 0; i < FILES; i++) {
            Files.write(below.resolve("file" + i), SampleTree.content(i, 4096));
        }
    }

    /** Of each file: open, fstat, read, write what it holds already, close. */
    private static void round(Path mount) throws IOException {
        for (int i = 0; i < FILES; i++) {
            Path file = mount.resolve("file" + i);
            readAndWrite(file, SampleTree.content(i, 4096));
        }
    }

    private static void readAndWrite(Path file, byte[] content) {
        NativeBuffer buffer = NativeBuffer.allocate(content.length);
        try (Fd fd = new Fd(FileCalls.open(file.toString(), Open.O_RDWR))) {
            assertThat(Stat.of(fd.number()).size()).isEqualTo(content.length);
            assertThat(FileCalls.pread(fd.number(), buffer.address(), content.length, 0)).isEqualTo(content.length);
            assertThat(buffer.toArray(content.length)).isEqualTo(content);
            assertThat(FileCalls.pwrite(fd.number(), buffer.address(), content.length, 0)).isEqualTo(content.length);
        }
    }
}
