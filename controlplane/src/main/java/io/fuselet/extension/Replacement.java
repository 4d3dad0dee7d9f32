// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfLink;
import io.fuselet.bpf.BpfMap;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.ObjectSpec;
import io.fuselet.bpf.PinnedMap;
import io.fuselet.sys.BpfCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Puts other programs in the place of those of a pinned attachment, under load. Its maps, with what they hold, stay. */
public final class Replacement {
    private Replacement() {}

    /**
     * @param objects directory of the shipped eBPF objects
     * @param object of the extension
     * @throws io.fuselet.bpf.BpfException if it cannot be loaded; then the old programs stay
     */
    public static void of(Pins pins, Path objects, Path object) throws IOException {
        AttachmentTerms terms = pins.terms();
        Extension extension = new Extension(Extension.read(object, terms.timeouts()).object(), terms.flags(), terms.timeouts());
        if (pins.extension().equals("cache")) {
            try (PinnedMap answers = pins.openMap(CacheOptions.ANSWERS); PinnedMap texts = pins.openMap(CacheOptions.TEXTS)) {
                Map<String, BpfMap> maps = Map.of(CacheOptions.ANSWERS, answers.map(), CacheOptions.TEXTS, texts.map());
                install(pins, objects, extension.withMaps(maps), null);
            }
        } else {
            try (PinnedMap backing = pins.openMap(Extension.BACKING)) {
                install(pins, objects, extension, backing.map());
            }
        }
    }

    private static void install(Pins pins, Path objects, Extension extension, BpfMap backing) throws IOException {
        if (!pins.traced()) {
            exchange(pins, objects, List.of(extension), backing);
            return;
        }
        try (PinnedMap latency = pins.openMap(Latencies.MAP)) {
            Extension trace = Latencies.extension(objects).withMaps(Map.of(Latencies.MAP, latency.map()));
            exchange(pins, objects, List.of(trace, extension), backing);
        }
    }

    private static void exchange(Pins pins, Path objects, List<Extension> extensions, BpfMap backing) throws IOException {
        try (Composition next = Composition.load(FuseTypes.ofKernel(), ObjectSpec.read(objects.resolve("entry.bpf.o")), extensions, backing);
                BpfLink link = pins.openLink()) {
            pins.exchangeHandlers(next.handlers(), () -> {
                link.update(next.entry());
                // Those of the old programs still jump through their array, which is emptied when its name goes.
                BpfCalls.awaitRunningPrograms();
            });
        }
    }
}
