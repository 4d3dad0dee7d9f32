// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectSpecTest {
    private static final String SOURCE =
            """
            #define SEC(name) __attribute__((section(name), used))
            struct config { unsigned slot, flags; unsigned long long seconds; };
            const volatile struct config fuselet = {};
            struct { int (*type)[3]; int (*key_size)[4]; int (*value_size)[4]; int (*max_entries)[1024]; } handlers SEC(".maps");
            struct { int (*type)[36]; int (*key_size)[8]; int (*value_size)[16]; int (*max_entries)[1]; } backing SEC(".maps");
            SEC("fuse/request/GETATTR") int getattr(void *ctx) { return fuselet.slot; }
            SEC("fuse/reply/LOOKUP") int lookup(void *ctx) { return fuselet.flags; }
            char LICENSE[] SEC("license") = "GPL";
            """;

    @TempDir
    Path scratch;

    @BeforeEach
    void libbpf() {
        Tools.requireLibbpf();
    }

    @Test
    void readsProgramsAndMapsWithoutTheKernel() throws Exception {
        ObjectSpec spec = ObjectSpec.read(Tools.compileBpf(scratch, "tiny", SOURCE));

        assertThat(spec.name()).isEqualTo("tiny");
        assertThat(spec.programs()).extracting(ProgramSpec::section).containsExactlyInAnyOrder("fuse/request/GETATTR", "fuse/reply/LOOKUP");
        assertThat(spec.programs()).allSatisfy(program -> assertThat(program.instructions()).isPositive());
        assertThat(spec.map("handlers")).contains(new MapSpec("handlers", MapSpec.PROG_ARRAY, 4, 4, 1024));
        assertThat(spec.map("backing")).contains(new MapSpec("backing", 36, 8, 16, 1));
    }

    @Test
    void findsTheConstantByName() throws Exception {
        ObjectSpec spec = ObjectSpec.read(Tools.compileBpf(scratch, "tiny", SOURCE));
        try (BpfObject object = BpfObject.open(spec)) {
            assertThat(object.hasConstant("fuselet")).isTrue();
            assertThat(object.hasConstant("other")).isFalse();
            object.writeConstant("fuselet", new byte[16]);
            assertThatThrownBy(() -> object.writeConstant("fuselet", new byte[8])).hasMessageContaining("16 bytes, not 8");
            assertThatThrownBy(() -> object.writeConstant("other", new byte[8])).hasMessageContaining("no constant other");
        }
    }

    @Test
    void refusesWhatIsNoEbpfObject() throws Exception {
        Path text = Files.writeString(scratch.resolve("note.bpf.o"), "not an object, whatever its name says; long enough to hold a header");
        assertThatThrownBy(() -> ObjectSpec.read(text)).hasMessageStartingWith(text + " is not an ELF file");

        Path program = Path.of("/bin/sh");
        assertThatThrownBy(() -> ObjectSpec.read(program)).hasMessageContaining("is not an eBPF object");

        Path missing = scratch.resolve("missing.bpf.o");
        assertThatThrownBy(() -> ObjectSpec.read(missing)).hasMessage(missing + " does not exist");
    }

    @Test
    void refusesATruncatedObject() throws Exception {
        byte[] whole = Files.readAllBytes(Tools.compileBpf(scratch, "tiny", SOURCE));
        for (int length : List.of(64, whole.length / 2, whole.length - 1)) {
            Path cut = Files.write(scratch.resolve("cut.bpf.o"), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> ObjectSpec.read(cut)).as("%d of %d bytes", length, whole.length).isInstanceOf(BpfException.class);
        }
    }

    @Test
    void refusesAnObjectWithoutPrograms() throws Exception {
        Path empty = Tools.compileBpf(scratch, "empty", "int nothing = 1;");
        assertThatThrownBy(() -> ObjectSpec.read(empty)).hasMessage(empty + " holds no eBPF program");
    }
}
