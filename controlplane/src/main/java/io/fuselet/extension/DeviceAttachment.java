// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfLink;
import io.fuselet.bpf.BpfPins;
import io.fuselet.bpf.FuseBpf;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.ObjectSpec;
import io.fuselet.sys.ThreadCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Attaches extensions for daemons that hand over their /dev/fuse, and leaves them pinned.
 *
 * <p>The link is made without CAP_SYS_ADMIN: then the kernel takes nothing but /dev/fuse itself for a target, whatever it is given.
 */
public final class DeviceAttachment {
    private static final int STACK_DEPTH = 1;

    private DeviceAttachment() {}

    /**
     * The cache, on a connection whose INIT has been answered.
     *
     * @param trace whether to measure how long the daemon takes
     * @param owner uid of whoever asks
     * @return number of the connection
     */
    public static int cache(int device, Path objects, CacheOptions options, boolean trace, int owner) throws IOException {
        try (Composition composition = CacheAttachment.load(objects, options, trace);
                BpfLink link = withoutAdmin(() -> BpfLink.attach(composition.types(), composition.entry(), device, composition.ownedMaps(),
                        options.lazyAtime() ? FuseBpf.LAZY_ATIME : 0, options.ttl().toNanos()))) {
            return pin(link, composition, CacheAttachment.terms(options, owner));
        }
    }

    /**
     * The stack, on a connection whose INIT has not been answered.
     *
     * @param directory what its root stands for, opened with the credentials that are to count
     * @param trace whether to measure how long the daemon takes
     * @param owner uid of whoever asks
     * @return number of the connection
     */
    public static int stack(int device, int directory, Path objects, Timeouts timeouts, boolean trace, int owner) throws IOException {
        Extension stack = Extension.read(objects.resolve("stack.bpf.o"), timeouts);
        List<Extension> extensions = Latencies.inFront(trace, objects, stack);
        try (Composition composition =
                        Composition.load(FuseTypes.ofKernel(), ObjectSpec.read(objects.resolve("entry.bpf.o")), extensions, null);
                BpfLink link = withoutAdmin(() -> BpfLink.attachWithConsent(
                        composition.types(), composition.entry(), device, composition.ownedMaps(), STACK_DEPTH))) {
            Attachment.bindRoot(composition, directory);
            return pin(link, composition, new AttachmentTerms(owner, 0, timeouts));
        }
    }

    private static int pin(BpfLink link, Composition composition, AttachmentTerms terms) throws IOException {
        BpfPins.requireFileSystem();
        int connection = link.info().connection();
        Pins.of(connection).make(link, composition, terms);
        return connection;
    }

    private interface Attaching {
        BpfLink attach() throws BpfException;
    }

    private static BpfLink withoutAdmin(Attaching attaching) throws BpfException {
        long capabilities = ThreadCalls.effectiveCapabilities();
        ThreadCalls.setEffectiveCapabilities(capabilities & ~(1L << ThreadCalls.CAP_SYS_ADMIN));
        try {
            return attaching.attach();
        } finally {
            ThreadCalls.setEffectiveCapabilities(capabilities);
        }
    }
}
