// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.bpf.ProgramInfo;
import io.fuselet.extension.KernelCounters;
import io.fuselet.extension.PolicyMount;
import io.fuselet.extension.PolicyOptions;
import io.fuselet.extension.StackMount;
import io.fuselet.extension.StackMountOptions;
import io.fuselet.extension.Tier;
import io.fuselet.fuse.Ending;
import io.fuselet.fuse.FuseServer;
import io.fuselet.fuse.MountOptions;
import io.fuselet.stackfs.StackFileSystem;
import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.MountCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A directory tree mounted in the tier that is asked for and no other, served by threads of this JVM until closed. */
final class TieredMount implements AutoCloseable {
    private final Path path;
    private final StackMount mount;

    private TieredMount(Path path, StackMount mount) {
        this.path = path;
        this.mount = mount;
    }

    static TieredMount of(Path source, Tier tier, StackOptions options) throws Exception {
        return of(source, tier, options, null);
    }

    /** @param extension object to use in place of the shipped one, null for that */
    static TieredMount of(Path source, Tier tier, StackOptions options, Path extension) throws Exception {
        return of(source, tier, options, extension, null);
    }

    /** @param policy null for none */
    static TieredMount of(Path source, Tier tier, StackOptions options, Path extension, PolicyOptions policy) throws Exception {
        Path path = Files.createTempDirectory("mount");
        MountOptions mountOptions =
                new MountOptions().source(source.toString()).allowOther(true).dev(true).suid(true);
        StackMount mount = StackMount.mount(new StackMountOptions(source, path, mountOptions, options, tier, objects(),
                extension, FuseServer.defaultWorkers(), true).withPolicy(policy));
        if (mount.decision().tier() != tier) {
            mount.close();
            Files.delete(path);
            throw new AssertionError("no " + tier + " tier: " + mount.decision().missed());
        }
        mount.start();
        return new TieredMount(path, mount);
    }

    /** The shipped objects. */
    static Path objects() {
        return Path.of(System.getProperty("fuselet.home", "."), "bpf");
    }

    Path path() {
        return path;
    }

    StackFileSystem fs() {
        return mount.fileSystem();
    }

    PolicyMount policy() {
        return mount.policy().orElseThrow();
    }

    /** Requests of a kind that reached this process. */
    long upcalls(String opcode) {
        return mount.upcalls().getOrDefault(opcode, 0L);
    }

    /** Requests that reached this process, by kind. */
    Map<String, Long> upcalls() {
        return mount.upcalls();
    }

    /** What the kernel counted since the mount began. */
    KernelCounters kernel() throws IOException {
        return mount.kernelCounters().orElseThrow(() -> new AssertionError("no program counts this mount's requests"));
    }

    /** Programs at work. */
    List<ProgramInfo> programs() throws IOException {
        return mount.programs();
    }

    int connectionId() {
        return mount.connectionId();
    }

    /** Fails where something below the mount is still in use. */
    @Override
    public void close() throws Exception {
        try (mount) {
            MountCalls.umount2(path.toString(), MountCalls.UMOUNT_NOFOLLOW);
            Ending ending = mount.awaitEnd();
            if (ending != Ending.UNMOUNTED) {
                throw new AssertionError("the mount ended as " + ending);
            }
        }
        Files.delete(path);
    }
}
