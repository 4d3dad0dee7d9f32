// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfMap;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.ObjectSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Loads what a stacked mount needs of eBPF. */
final class StackPrograms {
    private final StackMountOptions options;
    private Path object;

    StackPrograms(StackMountOptions options) {
        this.options = options;
        this.object = options.extensionObject();
    }

    /** The object of the extension that serves the tree. */
    Path object() {
        return object;
    }

    /** What to load from now on in place of it. */
    void use(Path next) {
        object = next;
    }

    /** Entry program and extensions. */
    Composition load() throws BpfException {
        return load(null, Map.of());
    }

    /**
     * The same to replace what is attached.
     *
     * @param backing map of backing objects to go on with
     * @param kept maps of the policy extension to go on with
     */
    Composition load(BpfMap backing, Map<String, BpfMap> kept) throws BpfException {
        Timeouts timeouts = new Timeouts(
                Duration.ofNanos(options.stack().entryTimeoutNanos()), Duration.ofNanos(options.stack().attrTimeoutNanos()));
        List<Extension> extensions = new ArrayList<>();
        if (options.trace()) {
            extensions.add(Latencies.extension(options.objects()));
        }
        if (options.policy() != null) {
            extensions.add(Extension.read(options.policyObject(), timeouts).withMaps(kept));
        }
        extensions.add(Extension.read(object, timeouts));
        return load(extensions, backing);
    }

    /** The entry program alone, which lets everything pass. */
    Composition loadCounting() throws BpfException {
        return load(List.of(), null);
    }

    private Composition load(List<Extension> extensions, BpfMap backing) throws BpfException {
        FuseTypes types = FuseTypes.ofKernel();
        return Composition.load(types, ObjectSpec.read(options.entryObject()), extensions, backing);
    }
}
