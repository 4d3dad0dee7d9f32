// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ladder on Debian's own kernel, which has FUSE_PASSTHROUGH and no FUSE_BPF. */
@Tag("vm-stock")
@Timeout(600)
class StockKernelTest {
    @TempDir
    Path scratch;

    private Path source;
    private Path mountPoint;

    @BeforeEach
    void makeTree() throws Exception {
        source = Files.createDirectory(scratch.resolve("source"));
        mountPoint = Files.createDirectory(scratch.resolve("mnt"));
        Files.writeString(source.resolve("file"), "content");
    }

    @Test
    void reachesPassthrough() throws Exception {
        try (Daemon daemon = Daemon.mount(source, mountPoint)) {
            assertThat(daemon.tier()).isEqualTo("passthrough");
            assertThat(daemon.reason("extension")).isEqualTo("kernel offers no FUSE_BPF");
            assertThat(mountPoint.resolve("file")).hasContent("content");
            assertThat(daemon.upcalls()).containsKey("OPEN").doesNotContainKey("READ");
        }
    }

    @Test
    void plainWhenPassthroughIsSwitchedOff() throws Exception {
        try (Daemon daemon = Daemon.mount(source, mountPoint, "--tier", "plain")) {
            assertThat(daemon.tier()).isEqualTo("plain");
            assertThat(daemon.reason("passthrough")).isEqualTo("switched off by --tier");
            assertThat(mountPoint.resolve("file")).hasContent("content");
            assertThat(daemon.upcalls()).containsKey("READ");
        }
    }

    @Test
    void aTreeThatIsItselfStackedIsPassedThroughToo() throws Exception {
        Path layers = Files.createDirectory(scratch.resolve("layers"));
        Command overlay = Command.shell(scratch, "mount -t tmpfs none layers && mkdir layers/lower layers/upper layers/work layers/tree"
                + " && echo content >layers/lower/file && mount -t overlay overlay"
                + " -o lowerdir=layers/lower,upperdir=layers/upper,workdir=layers/work layers/tree");
        assertThat(overlay.code()).as(overlay.err()).isZero();
        try (Daemon daemon = Daemon.mount(layers.resolve("tree"), mountPoint)) {
            assertThat(daemon.tier()).as(daemon.report().toString()).isEqualTo("passthrough");
            assertThat(mountPoint.resolve("file")).hasContent("content\n");
            assertThat(daemon.upcalls()).containsKey("OPEN").doesNotContainKey("READ");
        } finally {
            Command.shell(scratch, "umount -R layers");
        }
    }

    @Test
    void probeSaysWhatIsMissing() throws Exception {
        JsonNode features = new ObjectMapper().readTree(Command.fuselet("probe", "--json").out()).get("features");

        assertThat(features.at("/FUSE_PASSTHROUGH/answer").asText()).isEqualTo("yes");
        assertThat(features.at("/FUSE_BPF/answer").asText()).isEqualTo("no");
        assertThat(features.at("/FUSE_BPF/detail").asText()).isEqualTo("kernel offers no FUSE_BPF");
        assertThat(features.at("/JIT compiler/answer").asText()).isEqualTo("yes");
        assertThat(features.at("/kernel BTF/answer").asText()).isEqualTo("yes");
    }
}
