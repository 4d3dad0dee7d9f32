// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.ObjectSpec;
import java.time.Duration;
import java.util.List;

/** Loads what a stacked mount needs of eBPF. */
final class StackPrograms {
    private final StackMountOptions options;

    StackPrograms(StackMountOptions options) {
        this.options = options;
    }

    /** Entry program and extension. */
    Composition load() throws BpfException {
        Timeouts timeouts = new Timeouts(
                Duration.ofNanos(options.stack().entryTimeoutNanos()), Duration.ofNanos(options.stack().attrTimeoutNanos()));
        return load(List.of(Extension.read(options.extensionObject(), timeouts)));
    }

    /** The entry program alone, which lets everything pass. */
    Composition loadCounting() throws BpfException {
        return load(List.of());
    }

    private Composition load(List<Extension> extensions) throws BpfException {
        FuseTypes types = FuseTypes.ofKernel();
        return Composition.load(types, ObjectSpec.read(options.entryObject()), extensions, null);
    }
}
