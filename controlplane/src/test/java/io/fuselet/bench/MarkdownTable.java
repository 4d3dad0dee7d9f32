// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** What each call costs on each system over one lower file system: instructions, and how many times native. */
final class MarkdownTable {
    private final Results results;
    private final String lower;

    MarkdownTable(Results results, String lower) {
        this.results = results;
        this.lower = lower;
    }

    List<String> header() {
        List<String> header = new ArrayList<>(List.of("call"));
        header.addAll(results.systems(lower));
        header.add("target");
        return header;
    }

    List<List<String>> rows() {
        return results.cases().stream().filter(this::known).map(this::row).toList();
    }

    /** Lines, without one at the end. */
    String text() {
        StringBuilder text = new StringBuilder(line(header())).append("\n|---");
        text.append("|--:".repeat(header().size() - 1)).append('|');
        rows().forEach(row -> text.append('\n').append(line(row)));
        return text.toString();
    }

    private boolean known(String name) {
        return results.systems(lower).stream().anyMatch(system -> results.find(lower, system, name).isPresent());
    }

    private List<String> row(String name) {
        List<String> row = new ArrayList<>(List.of(name));
        results.systems(lower).forEach(system -> row.add(cell(system, name)));
        row.add(target(name));
        return row;
    }

    private String cell(String system, String name) {
        Optional<Result> result = results.find(lower, system, name);
        if (result.isEmpty()) {
            return "";
        }
        String value = String.format(Locale.ROOT, "%,.0f", result.get().value());
        OptionalDouble ratio = results.ratio(lower, system, name);
        if (system.equals(Results.NATIVE) || ratio.isEmpty()) {
            return value;
        }
        return String.format(Locale.ROOT, "%s (%.2f)", value, ratio.getAsDouble());
    }

    private String target(String name) {
        OptionalDouble most = Target.of(name);
        OptionalDouble reached = results.ratio("tmpfs", "stack", name);
        if (!lower.equals("tmpfs") || most.isEmpty() || reached.isEmpty()) {
            return "";
        }
        String verdict = reached.getAsDouble() <= most.getAsDouble() ? "held" : "missed";
        return String.format(Locale.ROOT, "%.2f %s", most.getAsDouble(), verdict);
    }

    private static String line(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }
}
