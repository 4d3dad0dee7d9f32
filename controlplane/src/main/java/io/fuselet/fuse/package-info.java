// SPDX-License-Identifier: Apache-2.0

/**
 * The FUSE kernel protocol on a raw {@code /dev/fuse} descriptor: wire format, server loop and mounting.
 *
 * <p>The wire format is that of {@code include/uapi/linux/fuse.h}, protocol 7.41 (Linux 6.12); 7.12 and later are understood.
 * Requests and replies are flyweights over direct buffers, one pair of buffers for each worker thread; names stay bytes from
 * the kernel to the file system.
 *
 * <p>A file system implements {@link io.fuselet.fuse.FileSystem} and is served like this:
 *
 * <pre>{@code
 * Mount mount = Mount.mount(Path.of("/mnt/x"), new MountOptions().source("x"));
 * FuseServer server = FuseServer.open(mount.device(), fileSystem,
 *         (request, reply, device) -> reply.want(InitFlags.ASYNC_READ | InitFlags.DO_READDIRPLUS));
 * server.start(FuseServer.defaultWorkers());
 * ...
 * mount.unmount();
 * server.awaitEnd();
 * server.close();
 * }</pre>
 *
 * <p>If {@code open} throws, the mount is there without a server: {@link io.fuselet.fuse.Mount#abort} takes it away.
 */
package io.fuselet.fuse;
