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
}
