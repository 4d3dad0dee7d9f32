// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.fuse.MountTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as a user runs it, on the patched kernel: the ladder, and the end of a mount. */
@Tag("vm")
@Timeout(600)
class MountCommandTest {
    @TempDir
    Path scratch;

    private Path source;
    private Path mountPoint;

    @BeforeEach
    void makeTree() throws Exception {
        Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
        source = Files.createDirectory(scratch.resolve("source"));
        mountPoint = Files.createDirectory(scratch.resolve("mnt"));
        Files.writeString(source.resolve("file"), "content");
    }

    @Test
    void reachesTheExtensionTier() throws Exception {
        try (Daemon daemon = Daemon.mount(source, mountPoint)) {
            assertThat(daemon.tier()).as(daemon.report().toString()).isEqualTo("extension");
            assertThat(daemon.report().get("programs")).isNotEmpty().allMatch(program -> program.get("jited_bytes").asInt() > 0);
            assertThat(mountPoint.resolve("file")).hasContent("content");
        }
        assertNothingMounted();
    }

    @Test
    void aRefusedObjectLeavesPassthrough() throws Exception {
        Path stack = Path.of(System.getProperty("fuselet.home"), "bpf", "stack.bpf.o");
        Path broken = BrokenObject.of(stack, "fuse/request/GETATTR", scratch);
        try (Daemon daemon = Daemon.mount(source, mountPoint, "--object", broken)) {
            assertThat(daemon.tier()).isEqualTo("passthrough");
            assertThat(daemon.reason("extension")).isEqualTo("verifier refused broken/GETATTR: " + BrokenObject.REASON);
            assertThat(Path.of(daemon.report().get("verifier_log").asText())).content().contains(BrokenObject.REASON);
            assertThat(mountPoint.resolve("file")).hasContent("content");
            assertThat(daemon.upcalls()).containsKey("OPEN").doesNotContainKey("READ");
        }
        assertNothingMounted();
    }

    @Test
    void theTierCanBeCapped() throws Exception {
        try (Daemon daemon = Daemon.mount(source, mountPoint, "--tier", "plain", "--count")) {
            assertThat(daemon.tier()).isEqualTo("plain");
            assertThat(daemon.reason("extension")).isEqualTo("switched off by --tier");
            assertThat(daemon.reason("passthrough")).isEqualTo("switched off by --tier");
            assertThat(mountPoint.resolve("file")).hasContent("content");
            assertThat(daemon.upcalls()).containsKeys("OPEN", "READ");
            assertThat(daemon.kernel("pass")).containsEntry("READ", daemon.upcalls().get("READ"));
        }
    }

    @Test
    void anOrdinaryUserEndsInThePlainTier() throws Exception {
        Files.setAttribute(mountPoint, "unix:uid", 65534);
        Files.setAttribute(source, "unix:uid", 65534);
        Command mount = Command.fuseletAs("nobody", "mount", source, mountPoint, "--background", "--json");

        assertThat(mount.code()).as(mount.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(mount.out());
        assertThat(report.get("tier").asText()).isEqualTo("plain");
        assertThat(report.get("missed")).extracting(step -> step.get("reason").asText()).containsOnly("no CAP_SYS_ADMIN: mounted through fusermount3");
        assertThat(Command.fuseletAs("nobody", "umount", mountPoint).code()).isZero();
        assertNothingMounted();
        assertEnds(report.get("pid").asLong());
    }

    @Test
    void fusermountsRefusalIsPassedOn() throws Exception {
        Command mount = Command.fuseletAs("nobody", "mount", source, mountPoint);

        assertThat(mount.code()).isEqualTo(4);
        assertThat(mount.err()).hasLineCount(1).contains("fusermount3").contains(mountPoint.toString());
        assertNothingMounted();
    }

    @Test
    void theBackgroundProcessServesUntilUnmounted() throws Exception {
        Command mount = Command.fuselet("mount", source, mountPoint, "--background", "--json");
        assertThat(mount.code()).as(mount.err()).isZero();
        long pid = new ObjectMapper().readTree(mount.out()).get("pid").asLong();
        assertThat(mountPoint.resolve("file")).hasContent("content");

        Command status = Command.fuselet("status", mountPoint);
        assertThat(status.out()).contains("extension tier").contains("OPEN");
        assertThat(Command.fuselet("umount", mountPoint).code()).isZero();
        assertEnds(pid);
    }

    @Test
    void aBusyMountPointIsRefused() throws Exception {
        try (Daemon first = Daemon.mount(source, mountPoint)) {
            Command second = Command.fuselet("mount", source, mountPoint);
            assertThat(second.code()).isEqualTo(4);
            assertThat(second.err()).hasLineCount(1).contains("busy").contains("unmount");
            assertThat(first.process().isAlive()).isTrue();
        }
    }

    @Test
    void anUnusableObjectIsRefused() throws Exception {
        Path text = Files.writeString(scratch.resolve("text.bpf.o"), "this is no object, and it is long enough to be taken for an ELF header");
        Command mount = Command.fuselet("mount", source, mountPoint, "--object", text);

        assertThat(mount.code()).isEqualTo(5);
        assertThat(mount.err()).hasLineCount(1).contains("is not an ELF file");
        assertNothingMounted();
    }

    @Test
    void probeSeesEverything() throws Exception {
        Command probe = Command.fuselet("probe", "--json");

        JsonNode features = new ObjectMapper().readTree(probe.out()).get("features");
        assertThat(probe.code()).isZero();
        assertThat(features).allSatisfy(feature -> assertThat(feature.get("answer").asText()).as(features.toString()).isEqualTo("yes"));
    }

    private void assertNothingMounted() throws Exception {
        assertThat(MountTable.read().at(mountPoint)).isEmpty();
    }

    private static void assertEnds(long pid) throws InterruptedException {
        Waiting.until(() -> ProcessHandle.of(pid).isEmpty(), "the process goes on after unmounting");
    }
}
