// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.fuse.Connection;
import io.fuselet.fuse.Ending;
import io.fuselet.fuse.FuseServer;
import io.fuselet.fuse.InitFlags;
import io.fuselet.fuse.Mount;
import io.fuselet.fuse.MountOptions;
import java.nio.file.Path;

/** A {@link MemoryFileSystem} mounted, served by threads of this JVM, and unmounted by force if a test has left it in use. */
final class MemoryMount implements AutoCloseable {
    static final int WORKERS = 3;

    private final Mount mount;
    private final FuseServer server;

    MemoryMount(Path mountPoint, MemoryFileSystem fs) throws Exception {
        this(Mount.mount(mountPoint, new MountOptions().source("memory").allowOther(true)), fs);
    }

    MemoryMount(Mount mount, MemoryFileSystem fs) throws Exception {
        this.mount = mount;
        server = FuseServer.open(mount.device(), fs, (request, reply, device) -> reply.want(InitFlags.ASYNC_READ
                | InitFlags.DO_READDIRPLUS | InitFlags.PARALLEL_DIROPS | InitFlags.FLOCK_LOCKS | InitFlags.SETXATTR_EXT
                | InitFlags.HAS_EXPIRE_ONLY | InitFlags.HAS_RESEND | InitFlags.EXPLICIT_INVAL_DATA));
        server.start(WORKERS);
    }

    Path path() {
        return mount.path();
    }

    Path path(String name) {
        return mount.path().resolve(name);
    }

    Mount mount() {
        return mount;
    }

    FuseServer server() {
        return server;
    }

    Connection connection() {
        return server.connection();
    }

    long upcalls(String opcode) {
        return server.upcallCounts().getOrDefault(opcode, 0L);
    }

    Ending end() throws Exception {
        Ending ending = server.awaitEnd();
        server.close();
        return ending;
    }

    @Override
    public void close() throws Exception {
        if (server.isRunning()) {
            mount.abort();
            end();
        }
    }
}
