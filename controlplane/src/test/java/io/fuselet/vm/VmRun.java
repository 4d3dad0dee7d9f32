// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The main job, run in the guest by {@code make vm-run}: the guest's /usr (read) and a tree on ext4 (read and written) are mounted in
 * each tier, the same work is done, and who has answered is counted. Prints a table and writes {@code /results/vm-run.json}. Exit code 1
 * if a tier was not reached or a checksum differs.
 */
public final class VmRun {
    private static final Path RESULT = Path.of("/results/vm-run.json");

    private VmRun() {}

    public static void main(String[] arguments) throws Exception {
        VmRunWork work = VmRunWork.prepare(Path.of("/usr"), Path.of("/scratch/ext4/vm-run"), Path.of("/run/vm-run"));
        List<VmRunTier> tiers = new ArrayList<>();
        for (String tier : List.of("plain", "passthrough", "extension")) {
            tiers.add(work.run(tier));
        }
        System.out.println(VmRunTable.of(tiers));
        Files.writeString(RESULT, json(tiers));
        boolean good = tiers.stream().allMatch(VmRunTier::good);
        System.exit(good ? 0 : 1);
    }

    private static String json(List<VmRunTier> tiers) throws Exception {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("kernel", Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
        all.put("accel", System.getProperty("fuselet.accel", "unknown"));
        all.put("tiers", tiers.stream().map(VmRunTier::toMap).toList());
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(all) + "\n";
    }
}
