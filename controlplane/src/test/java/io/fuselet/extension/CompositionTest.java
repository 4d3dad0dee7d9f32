// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.Tools;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a composition is loaded for, which is decided before the kernel is asked. */
class CompositionTest {
    private static final FuseTypes WITHOUT_IO = new FuseTypes(33, 58, OptionalInt.empty(), 14, 36, OptionalInt.empty());
    private static final FuseTypes WITH_IO = new FuseTypes(33, 58, OptionalInt.of(59), 14, 36, OptionalInt.empty());

    @TempDir
    Path scratch;

    @BeforeEach
    void libbpf() {
        Tools.requireLibbpf();
    }

    @Test
    void programsSeeReadsAndWritesWhereOneExtensionAsksForThem() throws Exception {
        Extension metadata = extension("metadata", "fuse/request/GETATTR");

        assertThat(Composition.attachType(WITH_IO, List.of(metadata))).isEqualTo(58);
        assertThat(Composition.attachType(WITH_IO, List.of(metadata, extension("reads", "fuse/request/READ")))).isEqualTo(59);
        assertThat(Composition.attachType(WITH_IO, List.of(extension("writes", "fuse/request/WRITE"), metadata))).isEqualTo(59);
    }

    @Test
    void repliesToReadsAreSeenWithoutThat() throws Exception {
        assertThat(Composition.attachType(WITHOUT_IO, List.of(extension("replies", "fuse/reply/READ")))).isEqualTo(58);
    }

    @Test
    void withoutItInTheKernelSuchAnExtensionIsRefused() throws Exception {
        Extension reads = extension("reads", "fuse/request/READ");

        assertThatThrownBy(() -> Composition.load(WITHOUT_IO, reads.object(), List.of(reads), null))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("no BPF_FUSE_IO in its BTF")
                .hasMessageContaining("reads has a handler");
    }

    private Extension extension(String name, String section) throws Exception {
        String source = "#define SEC(name) __attribute__((section(name), used))\n"
                + "struct { int (*type)[3]; int (*key_size)[4]; int (*value_size)[4]; int (*max_entries)[1024]; } handlers SEC(\".maps\");\n"
                + "SEC(\"" + section + "\") int handler(void *ctx) { return 0; }";
        return Extension.read(Tools.compileBpf(scratch, name, source), Timeouts.NONE);
    }
}
