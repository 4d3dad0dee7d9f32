// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.fuse.FileSystem;
import io.fuselet.fuse.FuseServer;
import io.fuselet.fuse.InitReply;
import io.fuselet.fuse.InitRequest;
import io.fuselet.fuse.Mount;
import io.fuselet.fuse.MountOptions;
import io.fuselet.fuse.Negotiation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel's FUSE offers, found out from the INIT request of an empty mount that is taken away again. Asked once. */
public final class KernelOffer {
    private Long flags;

    /**
     * Flags of {@link io.fuselet.fuse.InitFlags}.
     *
     * @throws IOException if this process cannot mount
     */
    public synchronized long flags() throws IOException {
        if (flags == null) {
            flags = ask();
        }
        return flags;
    }

    private static long ask() throws IOException {
        Path directory = Files.createTempDirectory("fuselet-probe-");
        try {
            return askOn(directory);
        } finally {
            Files.delete(directory);
        }
    }

    private static long askOn(Path directory) throws IOException {
        Mount mount = Mount.mount(directory, new MountOptions());
        Listener listener = new Listener();
        try (FuseServer server = FuseServer.open(mount.device(), new FileSystem() {}, listener)) {
            return listener.offered;
        } finally {
            mount.abort();
        }
    }

    /** Remembers the offer and accepts nothing of it. */
    private static final class Listener implements Negotiation {
        private long offered;

        @Override
        public void offered(InitRequest request, InitReply reply, int device) {
            offered = request.flags();
        }
    }
}
