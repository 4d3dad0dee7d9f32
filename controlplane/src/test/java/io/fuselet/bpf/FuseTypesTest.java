// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FuseTypesTest {
    private static final Map<String, Integer> BACKING = Map.of("BPF_MAP_TYPE_HASH", 1, "BPF_MAP_TYPE_FUSE_BACKING", 36);

    @BeforeEach
    void libbpf() {
        Tools.requireLibbpf();
    }

    @Test
    void readsTheNumbersFromBtf() throws Exception {
        try (Btf btf = Btf.parse(patchedKernel(Map.of("BPF_FUSE", 58, "BPF_FUSE_IO", 59), BACKING))) {
            assertThat(FuseTypes.of(btf)).isEqualTo(new FuseTypes(33, 58, OptionalInt.of(59), 14, 36, OptionalInt.empty()));
        }
    }

    @Test
    void aKernelThatHasNoProgramsForReadsAndWritesOffersTheRest() throws Exception {
        try (Btf btf = Btf.parse(patchedKernel(Map.of("BPF_FUSE", 58), BACKING))) {
            assertThat(FuseTypes.of(btf)).isEqualTo(new FuseTypes(33, 58, OptionalInt.empty(), 14, 36, OptionalInt.empty()));
        }
    }

    @Test
    void aKernelWithCachesSaysSo() throws Exception {
        Map<String, Integer> maps = Map.of("BPF_MAP_TYPE_FUSE_BACKING", 36, "BPF_MAP_TYPE_FUSE_CACHE", 37);
        try (Btf btf = Btf.parse(patchedKernel(Map.of("BPF_FUSE", 58), maps))) {
            assertThat(FuseTypes.of(btf).cacheMap()).hasValue(37);
        }
    }

    @Test
    void aKernelWithoutTheSeriesOffersNoFuseBpf() throws Exception {
        byte[] mainline = new BtfBytes().enumeration("bpf_prog_type", Map.of("BPF_PROG_TYPE_XDP", 6)).toByteArray();
        try (Btf btf = Btf.parse(mainline)) {
            assertThatThrownBy(() -> FuseTypes.of(btf))
                    .isInstanceOf(BpfException.class)
                    .hasMessageStartingWith(FuseTypes.NOT_OFFERED)
                    .hasMessageContaining("BPF_PROG_TYPE_FUSE");
        }
    }

    @Test
    void aMissingMapTypeIsNamed() throws Exception {
        try (Btf btf = Btf.parse(patchedKernel(Map.of("BPF_FUSE", 58), Map.of("BPF_MAP_TYPE_HASH", 1)))) {
            assertThatThrownBy(() -> FuseTypes.of(btf)).hasMessageContaining("BPF_MAP_TYPE_FUSE_BACKING");
        }
    }

    @Test
    void garbageIsNotBtf() {
        assertThatThrownBy(() -> Btf.parse(new byte[64])).isInstanceOf(BpfException.class).hasMessageStartingWith("not BTF");
    }

    private static byte[] patchedKernel(Map<String, Integer> attachTypes, Map<String, Integer> mapTypes) {
        return new BtfBytes()
                .enumeration("bpf_prog_type", Map.of("BPF_PROG_TYPE_FUSE", 33))
                .enumeration("bpf_attach_type", attachTypes)
                .enumeration("bpf_link_type", Map.of("BPF_LINK_TYPE_FUSE", 14))
                .enumeration("bpf_map_type", mapTypes)
                .toByteArray();
    }
}
