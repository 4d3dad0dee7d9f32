// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.util.OptionalInt;

/**
 * The numbers that the running kernel gives to the FUSE types, from its BTF.
 *
 * @param program BPF_PROG_TYPE_FUSE of enum bpf_prog_type
 * @param attach BPF_FUSE of enum bpf_attach_type
 * @param ioAttach BPF_FUSE_IO of enum bpf_attach_type: what programs are loaded for that see reads and writes; empty if the kernel has
 *     no such thing
 * @param link BPF_LINK_TYPE_FUSE of enum bpf_link_type
 * @param backingMap BPF_MAP_TYPE_FUSE_BACKING of enum bpf_map_type
 * @param cacheMap BPF_MAP_TYPE_FUSE_CACHE of enum bpf_map_type; empty if the kernel has no such thing
 */
public record FuseTypes(int program, int attach, OptionalInt ioAttach, int link, int backingMap, OptionalInt cacheMap) {
    /** What a mount says of a kernel without the patch series. */
    public static final String NOT_OFFERED = "kernel offers no FUSE_BPF";

    /**
     * @throws BpfException if the kernel has no BTF ("kernel has no BTF") or no such types ({@link #NOT_OFFERED})
     */
    public static FuseTypes ofKernel() throws BpfException {
        try (Btf btf = Btf.ofKernel()) {
            return of(btf);
        }
    }

    static FuseTypes of(Btf btf) throws BpfException {
        return new FuseTypes(
                number(btf, "bpf_prog_type", "BPF_PROG_TYPE_FUSE"),
                number(btf, "bpf_attach_type", "BPF_FUSE"),
                btf.constant("bpf_attach_type", "BPF_FUSE_IO"),
                number(btf, "bpf_link_type", "BPF_LINK_TYPE_FUSE"),
                number(btf, "bpf_map_type", "BPF_MAP_TYPE_FUSE_BACKING"),
                btf.constant("bpf_map_type", "BPF_MAP_TYPE_FUSE_CACHE"));
    }

    private static int number(Btf btf, String enumName, String constant) throws BpfException {
        OptionalInt found = btf.constant(enumName, constant);
        if (found.isEmpty()) {
            throw new BpfException(NOT_OFFERED + " (no " + constant + " in its BTF)");
        }
        return found.getAsInt();
    }
}
