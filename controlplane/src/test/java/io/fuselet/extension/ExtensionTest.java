// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.Tools;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtensionTest {
    private static final String SEC = "#define SEC(name) __attribute__((section(name), used))\n";
    private static final String HANDLERS =
            "struct { int (*type)[3]; int (*key_size)[4]; int (*value_size)[4]; int (*max_entries)[1024]; } handlers SEC(\".maps\");\n";

    @TempDir
    Path scratch;

    @BeforeEach
    void libbpf() {
        Tools.requireLibbpf();
    }

    @Test
    void readsAnExtension() throws Exception {
        Path file = compile(SEC + HANDLERS + "SEC(\"fuse/request/GETATTR\") int getattr(void *ctx) { return 0; }");
        assertThat(Extension.read(file, Timeouts.NONE).object().programs()).hasSize(1);
    }

    @Test
    void refusesProgramsOfAnotherKind() throws Exception {
        Path file = compile(SEC + "SEC(\"xdp\") int drop(void *ctx) { return 1; }");
        assertThatThrownBy(() -> Extension.read(file, Timeouts.NONE)).isInstanceOf(BpfException.class).hasMessageContaining("holds no fuse programs");
    }

    @Test
    void refusesAnUnknownOpcode() throws Exception {
        Path file = compile(SEC + HANDLERS + "SEC(\"fuse/request/TELEPORT\") int teleport(void *ctx) { return 0; }");
        assertThatThrownBy(() -> Extension.read(file, Timeouts.NONE)).hasMessage("program teleport handles TELEPORT, which is no FUSE opcode");
    }

    @Test
    void refusesOneThatCannotBeComposed() throws Exception {
        Path file = compile(SEC + "SEC(\"fuse/request/GETATTR\") int getattr(void *ctx) { return 0; }");
        assertThatThrownBy(() -> Extension.read(file, Timeouts.NONE)).hasMessageContaining("declares no map \"handlers\"");
    }

    private Path compile(String source) throws Exception {
        return Tools.compileBpf(scratch, "extension", source);
    }
}
