// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.bpf.Feature;
import io.fuselet.bpf.Feature.Outcome;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.KernelFeatures;
import io.fuselet.extension.KernelOffer;
import io.fuselet.extension.Privileges;
import io.fuselet.fuse.InitFlags;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Everything that can be probed, in the order in which a mount needs it. */
public final class Machine {
    public static final Path DEVICE = Path.of("/dev/fuse");
    public static final String FUSERMOUNT = "fusermount3";

    private Machine() {}

    public static List<Feature> features() {
        KernelFeatures kernel = new KernelFeatures();
        KernelOffer offer = new KernelOffer();
        return List.of(
                new Feature("/dev/fuse", Machine::device),
                new Feature(FUSERMOUNT, Machine::fusermount),
                new Feature("CAP_SYS_ADMIN", () -> privilege(Privileges.ofThisThread().sysAdmin(), "mounts go through " + FUSERMOUNT)),
                new Feature("CAP_BPF", () -> privilege(Privileges.ofThisThread().bpf(), "programs cannot be loaded")),
                new Feature("FUSE_PASSTHROUGH", () -> flag(offer, InitFlags.PASSTHROUGH, "kernel offers no FUSE_PASSTHROUGH (Linux 6.9 and later do)")),
                new Feature("FUSE_BPF", () -> flag(offer, InitFlags.BPF, FuseTypes.NOT_OFFERED)),
                kernel.btf(),
                kernel.fuseBpf(),
                kernel.programType(),
                kernel.mapType(),
                kernel.jit(),
                kernel.libbpf());
    }

    /** In the shape of its JSON: {@code {"features": {NAME: {"answer": "yes", "detail": "..."}}}}. */
    public static Map<String, Object> describe(List<Feature> features) {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Feature feature : features) {
            Outcome outcome = feature.outcome();
            all.put(feature.name(), Map.of("answer", word(outcome.answer()), "detail", outcome.detail()));
        }
        return Map.of("features", all);
    }

    /** As it is printed. */
    public static String word(Feature.Answer answer) {
        return answer.name().toLowerCase(Locale.ROOT);
    }

    /** Whether a program is found along PATH. */
    public static boolean onPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        for (String directory : path.split(":")) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    private static Outcome device() {
        if (Files.notExists(DEVICE)) {
            return Outcome.no("missing; load the kernel module with 'modprobe fuse'");
        }
        boolean usable = Files.isReadable(DEVICE) && Files.isWritable(DEVICE);
        return usable ? Outcome.yes("") : Outcome.no("no permission to open it");
    }

    private static Outcome fusermount() {
        return onPath(FUSERMOUNT) ? Outcome.yes("") : Outcome.no("not installed; install the package fuse3 to mount without privilege");
    }

    private static Outcome privilege(boolean held, String consequence) {
        return held ? Outcome.yes("") : Outcome.no(consequence);
    }

    private static Outcome flag(KernelOffer offer, long flag, String absence) throws Exception {
        return (offer.flags() & flag) != 0 ? Outcome.yes("offered in FUSE_INIT") : Outcome.no(absence);
    }
}
