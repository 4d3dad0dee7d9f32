// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

/**
 * A map as its ELF file describes it. Sizes in bytes.
 *
 * @param type number from enum bpf_map_type, as compiled in
 */
public record MapSpec(String name, int type, int keySize, int valueSize, int maxEntries) {
    /** BPF_MAP_TYPE_PROG_ARRAY, enum bpf_map_type. */
    public static final int PROG_ARRAY = 3;
    /** BPF_MAP_TYPE_FUSE_CACHE as the shipped objects have it; what the running kernel calls it is in {@link FuseTypes}. */
    public static final int FUSE_CACHE = 37;
}
