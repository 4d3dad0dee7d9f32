// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.ProgramInfo;
import io.fuselet.bpf.VerifierException;
import io.fuselet.fuse.Ending;
import io.fuselet.fuse.FuseServer;
import io.fuselet.fuse.Mount;
import io.fuselet.fuse.MountException;
import io.fuselet.stackfs.StackFileSystem;
import io.fuselet.sys.Fd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A directory tree mounted as far up the ladder as it gets. Owns mount, server, programs and file system.
 *
 * <p>{@link #unmount} may be called from any thread, the rest from the one that mounted.
 */
public final class StackMount implements AutoCloseable {
    /** FILESYSTEM_MAX_STACK_DEPTH, include/linux/fs.h. */
    private static final int MAX_STACK_DEPTH = 2;

    private final Mount mount;
    private final StackFileSystem fileSystem;
    private final LadderNegotiation negotiation;
    private final FuseServer server;
    private final int workers;

    private StackMount(Mount mount, StackFileSystem fileSystem, LadderNegotiation negotiation, FuseServer server, int workers) {
        this.mount = mount;
        this.fileSystem = fileSystem;
        this.negotiation = negotiation;
        this.server = server;
        this.workers = workers;
    }

    /**
     * Mounts and negotiates. Requests wait until {@link #start}.
     *
     * <p>The depth to which file systems may be stacked is fixed in the INIT reply, and how deep the tree below is stacked shows only
     * when a file of it is registered. So the mount is made with depth 1, and made anew with 2 if the kernel refuses that file.
     *
     * @throws io.fuselet.fuse.MountException if mounting is refused
     * @throws IOException if source or connection fail; nothing stays mounted or loaded
     */
    public static StackMount mount(StackMountOptions options) throws IOException {
        try (Fd sample = SampleFile.open(options.source())) {
            for (int depth = 1; ; depth++) {
                StackMount mounted = mount(options, sample, depth);
                if (!mounted.negotiation.tooDeep() || depth == MAX_STACK_DEPTH) {
                    return mounted;
                }
                mounted.close();
            }
        }
    }

    private static StackMount mount(StackMountOptions options, Fd sample, int depth) throws IOException {
        StackFileSystem fileSystem = new StackFileSystem(options.source().toString(), options.stack());
        LadderNegotiation negotiation = new LadderNegotiation(options, fileSystem, sample, depth);
        Mount mount = null;
        try {
            mount = Mount.mount(options.mountPoint(), options.mountOptions());
            FuseServer server = FuseServer.open(mount.device(), negotiation.served(), negotiation);
            return new StackMount(mount, fileSystem, negotiation, server, options.workers());
        } catch (IOException | RuntimeException e) {
            giveUp(mount, negotiation, fileSystem, e);
            throw e;
        }
    }

    private static void giveUp(Mount mount, LadderNegotiation negotiation, StackFileSystem fileSystem, Exception cause) {
        negotiation.close();
        if (mount != null) {
            mount.device().close();
            try {
                mount.abort();
            } catch (MountException e) {
                cause.addSuppressed(e);
            }
        }
        fileSystem.close();
    }

    /** Where this mount ended on the ladder. */
    public Decision decision() {
        return negotiation.decision();
    }

    /** The verifier's refusal, if that is what kept the extension out. */
    public Optional<VerifierException> refusal() {
        return negotiation.refusal();
    }

    /** What the kernel says of the programs at work, empty if there are none. */
    public List<ProgramInfo> programs() throws BpfException {
        Optional<Attachment> attachment = negotiation.attachment();
        return attachment.isPresent() ? attachment.get().composition().programInfos() : List.of();
    }

    /** How long callers waited for this process, since programs were loaded; empty if that is not measured. */
    public Optional<Latencies> latencies() throws BpfException {
        Optional<Attachment> attachment = negotiation.attachment();
        return attachment.isPresent() ? attachment.get().composition().latencies() : Optional.empty();
    }

    /** The policy that it is mounted under, if there is one. */
    public Optional<PolicyMount> policy() {
        return negotiation.policy();
    }

    /**
     * Puts another object in the place of the extension's, under load.
     *
     * @throws BpfException if the verifier refuses it, or it is none; then the old one stays
     */
    public void replaceExtension(Path object) throws BpfException {
        negotiation.replaceExtension(object);
    }

    /** Number of the connection in fusectl. */
    public int connectionId() {
        return mount.connectionId();
    }

    /** What is served. */
    public StackFileSystem fileSystem() {
        return fileSystem;
    }

    /** Requests that reached this process so far, by opcode name. */
    public Map<String, Long> upcalls() {
        return server.upcallCounts();
    }

    /** The kernel's counters, empty if no program is attached. */
    public Optional<KernelCounters> kernelCounters() throws IOException {
        return KernelCounters.read(connectionId());
    }

    /** Begins to serve. */
    public void start() {
        server.start(workers);
    }

    /** Waits until the file system is unmounted or its connection aborted. */
    public Ending awaitEnd() throws InterruptedException {
        return server.awaitEnd();
    }

    /** Takes the mount out of the tree; {@link #awaitEnd} returns when its last user is gone. */
    public void unmount() throws MountException {
        if (mount.isMounted()) {
            mount.detach();
        }
    }

    /** Ends the mount, by force if it is still there, and gives everything back. */
    @Override
    public void close() throws IOException {
        try {
            if (mount.isMounted() || server.isRunning()) {
                mount.abort();
                awaitWorkers();
            }
        } finally {
            negotiation.close();
            server.close();
            fileSystem.close();
        }
    }

    private void awaitWorkers() throws IOException {
        try {
            if (server.isRunning()) {
                server.awaitEnd();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while ending the mount on " + mount.path(), e);
        }
    }
}
