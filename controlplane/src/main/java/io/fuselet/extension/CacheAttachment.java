// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfLink;
import io.fuselet.bpf.BpfPins;
import io.fuselet.bpf.FuseBpf;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.ObjectSpec;
import io.fuselet.sys.ProcessCalls;
import java.io.IOException;
import java.nio.file.Path;

/** Puts the cache extension on a mount that some other process serves, where it stays when this process ends. */
public final class CacheAttachment {
    private CacheAttachment() {}

    /**
     * @param mount descriptor on the mount, O_PATH suffices
     * @param connection number of its connection
     * @param objects directory of the shipped eBPF objects
     * @param trace whether to measure how long the daemon takes
     * @throws BpfException if the kernel refuses; nothing is left behind
     */
    public static void attach(int mount, int connection, Path objects, CacheOptions options, boolean trace) throws IOException {
        BpfPins.requireFileSystem();
        Pins.removeStale();
        try (Composition composition = load(objects, options, trace);
                BpfLink link = BpfLink.attach(
                        composition.types(),
                        composition.entry(),
                        mount,
                        composition.ownedMaps(),
                        options.lazyAtime() ? FuseBpf.LAZY_ATIME : 0,
                        options.ttl().toNanos())) {
            Pins.of(connection).make(link, composition, terms(options, ProcessCalls.geteuid()));
        }
    }

    static AttachmentTerms terms(CacheOptions options, int owner) {
        return new AttachmentTerms(owner, options.flags(), Timeouts.NONE);
    }

    static Composition load(Path objects, CacheOptions options, boolean trace) throws BpfException {
        ObjectSpec object = Extension.read(objects.resolve("cache.bpf.o"), Timeouts.NONE).object();
        Extension cache = new Extension(object, options.flags(), Timeouts.NONE, options.entries());
        return Composition.load(FuseTypes.ofKernel(), ObjectSpec.read(objects.resolve("entry.bpf.o")), Latencies.inFront(trace, objects, cache), null);
    }
}
