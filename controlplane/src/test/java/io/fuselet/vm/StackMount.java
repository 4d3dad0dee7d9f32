// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.fuse.Connection;
import io.fuselet.fuse.Ending;
import io.fuselet.fuse.FuseServer;
import io.fuselet.fuse.InitFlags;
import io.fuselet.fuse.InitReply;
import io.fuselet.fuse.InitRequest;
import io.fuselet.fuse.Mount;
import io.fuselet.fuse.MountOptions;
import io.fuselet.fuse.Negotiation;
import io.fuselet.stackfs.StackFileSystem;
import io.fuselet.stackfs.StackOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A directory tree mounted through stackfs, without extensions, served by threads of this JVM until closed. */
final class StackMount implements AutoCloseable {
    /** What the kernel does by itself. */
    enum Tier {
        PLAIN,
        PASSTHROUGH
    }

    private final StackFileSystem fs;
    private final Mount mount;
    private final FuseServer server;

    private StackMount(StackFileSystem fs, Mount mount, FuseServer server) {
        this.fs = fs;
        this.mount = mount;
        this.server = server;
    }

    /** Mounts {@code source} on a fresh directory beside it. */
    static StackMount of(Path source, Tier tier, StackOptions options) throws Exception {
        Path mountPoint = Files.createTempDirectory("mount");
        StackFileSystem fs = new StackFileSystem(source.toString(), options);
        Mount mount = Mount.mount(mountPoint, new MountOptions().source(source.toString()).allowOther(true).dev(true)
                .suid(true));
        FuseServer server = FuseServer.open(mount.device(), fs, new Tiered(fs, tier));
        server.start(FuseServer.defaultWorkers());
        return new StackMount(fs, mount, server);
    }

    Path path() {
        return mount.path();
    }

    StackFileSystem fs() {
        return fs;
    }

    /** Requests that reached the file system, by opcode. */
    Map<String, Long> upcalls() {
        return server.upcallCounts();
    }

    long upcalls(String opcode) {
        return upcalls().getOrDefault(opcode, 0L);
    }

    @Override
    public void close() throws Exception {
        mount.unmount();
        Ending ending = server.awaitEnd();
        server.close();
        fs.close();
        Files.delete(mount.path());
        if (ending != Ending.UNMOUNTED) {
            throw new AssertionError("the mount ended as " + ending);
        }
    }

    private record Tiered(StackFileSystem fs, Tier tier) implements Negotiation {
        @Override
        public void offered(InitRequest request, InitReply reply, int device) {
            fs.negotiate(reply);
            if (tier == Tier.PASSTHROUGH) {
                if (!request.offers(InitFlags.PASSTHROUGH)) {
                    throw new AssertionError("this kernel has no FUSE_PASSTHROUGH");
                }
                reply.want(InitFlags.PASSTHROUGH).maxStackDepth(1);
            }
        }

        @Override
        public void accepted(Connection connection) {
            if (tier == Tier.PASSTHROUGH) {
                fs.passThrough(connection.backingFiles());
            }
        }
    }
}
