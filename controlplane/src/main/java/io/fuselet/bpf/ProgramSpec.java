// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

/**
 * A program as its ELF file describes it.
 *
 * @param name C function name
 * @param section ELF section, for example {@code fuse/request/GETATTR}
 * @param instructions number of 8-byte instructions before relocation
 */
public record ProgramSpec(String name, String section, long instructions) {}
