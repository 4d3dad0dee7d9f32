// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/** The table that the main job ends with. */
final class VmRunTable {
    private final StringBuilder text = new StringBuilder();
    private final List<VmRunTier> tiers;

    private VmRunTable(List<VmRunTier> tiers) {
        this.tiers = tiers;
    }

    static String of(List<VmRunTier> tiers) {
        VmRunTable table = new VmRunTable(tiers);
        table.row("tier", VmRunTier::reached);
        table.section("requests that reached the daemon", VmRunTier::upcalls);
        table.section("requests answered in the kernel", VmRunTier::inKernel);
        table.text.append('\n');
        table.row("wall time, seconds", tier -> String.format(Locale.ROOT, "%.1f", tier.seconds()));
        table.row("checksums equal", tier -> tier.checksumsEqual() ? "yes" : "NO");
        table.row("kernel counts as daemon", tier -> agrees(tier) ? "yes" : "NO");
        tiers.stream().filter(tier -> !tier.reason().isEmpty()).forEach(tier ->
                table.text.append("no ").append(tier.wanted()).append(" tier: ").append(tier.reason()).append('\n'));
        return table.text.toString();
    }

    private void section(String title, Function<VmRunTier, Map<String, Long>> counts) {
        text.append('\n').append(title).append('\n');
        SortedSet<String> opcodes = new TreeSet<>();
        tiers.forEach(tier -> opcodes.addAll(counts.apply(tier).keySet()));
        opcodes.forEach(opcode -> row("  " + opcode, tier -> Long.toString(counts.apply(tier).getOrDefault(opcode, 0L))));
        row("  all", tier -> Long.toString(counts.apply(tier).values().stream().mapToLong(Long::longValue).sum()));
    }

    private void row(String name, Function<VmRunTier, String> value) {
        text.append(String.format(Locale.ROOT, "%-34s", name));
        tiers.forEach(tier -> text.append(String.format(Locale.ROOT, " %12s", value.apply(tier))));
        text.append('\n');
    }

    /** Whether both sides counted the same requests; programs never see INIT, nor what has no reply (K6). */
    private static boolean agrees(VmRunTier tier) {
        TreeSet<String> opcodes = new TreeSet<>(tier.upcalls().keySet());
        opcodes.addAll(tier.passed().keySet());
        opcodes.removeAll(List.of("INIT", "FORGET", "BATCH_FORGET", "INTERRUPT", "DESTROY", "NOTIFY_REPLY"));
        return opcodes.stream().allMatch(opcode -> tier.upcalls().getOrDefault(opcode, 0L).equals(tier.passed().getOrDefault(opcode, 0L)));
    }
}
