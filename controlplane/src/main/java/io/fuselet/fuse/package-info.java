// SPDX-License-Identifier: Apache-2.0

/**
 * The FUSE kernel protocol on a raw {@code /dev/fuse} descriptor: wire format, server loop and mounting.
 *
 * <p>The wire format is that of {@code include/uapi/linux/fuse.h}, protocol 7.41 (Linux 6.12). Requests and replies are
 * flyweights over direct buffers; names stay bytes from the kernel to the file system.
 */
package io.fuselet.fuse;
