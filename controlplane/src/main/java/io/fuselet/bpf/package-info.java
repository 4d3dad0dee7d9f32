// SPDX-License-Identifier: Apache-2.0

/**
 * eBPF objects, maps, links and probes: libbpf for what comes from an ELF file, bpf(2) for what libbpf does not know.
 *
 * <p>An {@link io.fuselet.bpf.ObjectSpec} is what a file says and never touches the kernel; a {@link io.fuselet.bpf.BpfObject} holds
 * descriptors. Numbers of the FUSE types are read from the running kernel's BTF ({@link io.fuselet.bpf.FuseTypes}), never from its version.
 */
package io.fuselet.bpf;
