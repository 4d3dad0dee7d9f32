// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.bpf.BpfLink;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.ObjectSpec;
import io.fuselet.extension.Composition;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import java.io.IOException;
import java.util.List;

/** The entry program alone on a mount: everything passes, and the kernel counts. */
final class CountedMount implements AutoCloseable {
    private final Composition composition;
    private final BpfLink link;

    private CountedMount(Composition composition, BpfLink link) {
        this.composition = composition;
        this.link = link;
    }

    static CountedMount of(ForeignMount mount) throws IOException {
        ObjectSpec entry = ObjectSpec.read(TieredMount.objects().resolve("entry.bpf.o"));
        Composition composition = Composition.load(FuseTypes.ofKernel(), entry, List.of(), null);
        try (Fd root = new Fd(FileCalls.open(mount.path().toString(), Open.O_PATH))) {
            return new CountedMount(composition, BpfLink.attach(composition.types(), composition.entry(), root.number(), List.of()));
        } catch (IOException | RuntimeException e) {
            composition.close();
            throw e;
        }
    }

    @Override
    public void close() {
        link.close();
        composition.close();
    }
}
