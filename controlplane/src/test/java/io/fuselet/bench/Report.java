// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Writes the report of a run: one page that contains all it shows. Arguments: results.json, directory of traces, page. */
public final class Report {
    private static final List<String> CLOSE = List.of("overlayfs", "stack", "policy-stack");
    private static final List<String> MAIN_CASES = List.of("stat", "stat-cached", "stat-missing", "fstat-after-write", "access",
            "open-close", "pread-4k", "pwrite-4k", "pread-128k", "getxattr", "readlink", "readdir-100", "chmod", "rename", "unlink",
            "create-write-close");
    private static final int FUNCTIONS_SHOWN = 25;

    private final StringBuilder page = new StringBuilder();
    private final Results results;

    private Report(Results results) {
        this.results = results;
    }

    public static void main(String[] arguments) throws Exception {
        Report report = new Report(Results.read(Path.of(arguments[0])));
        report.write(Breakdown.readAll(Path.of(arguments[1])));
        Files.writeString(Path.of(arguments[2]), report.page);
    }

    private void write(List<Breakdown> breakdowns) {
        page.append("""
                <!DOCTYPE html>
                <html lang="en">
                <meta charset="utf-8">
                <title>Fuselet: what calls cost</title>
                <style>
                body { font: 15px/1.5 sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em; color: #222 }
                table { border-collapse: collapse; font-size: 13px }
                th, td { padding: 2px 8px; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }
                th:first-child, td:first-child { text-align: left }
                .wide { overflow-x: auto }
                .bar { display: inline-block; height: 10px; background: #4878a8 }
                .missed { color: #b00 }
                </style>
                <h1>What calls cost</h1>
                <p>Each figure is the number of instructions that the guest executed for one call, in user space, kernel and daemon
                together, on an emulated processor whose clock counts instructions: the same on every machine. All systems show the same
                tree; behind a figure, how many times the native one it is. On a real processor a request to a daemon costs more than its
                instructions, because another processor has to wake up.</p>
                <p><b>native</b> is the lower file system itself, <b>libfuse</b> the example passthrough_ll without timeouts,
                <b>libfuse-timeouts</b> the same with timeouts of a day, <b>plain</b> and <b>passthrough</b> Fuselet's server without
                programs, <b>stack</b> and <b>policy-stack</b> with them, <b>cache</b> passthrough_ll with the cache extension attached, and
                <b>unpatched-libfuse</b> passthrough_ll on a kernel without Fuselet's patches.</p>
                """);
        for (String lower : results.lowers()) {
            lower(lower);
        }
        breakdowns(breakdowns);
    }

    private void lower(String lower) {
        List<String> systems = results.systems(lower);
        List<String> cases = MAIN_CASES.stream().filter(results.cases()::contains).toList();
        List<String> close = CLOSE.stream().filter(systems::contains).toList();
        Charts charts = new Charts(results, lower);
        page.append("<h2>Over ").append(lower).append("</h2>\n");
        if (!close.isEmpty() && systems.contains(Results.NATIVE)) {
            page.append("<h3>How far from native</h3>\n").append(charts.ratios(close, cases));
        }
        page.append("<h3>How far from the others</h3>\n").append(charts.instructions(systems, cases));
        page.append("<h3>Instructions</h3>\n");
        MarkdownTable table = new MarkdownTable(results, lower);
        table(table.header(), table.rows());
        page.append("<h3>Requests that reached the daemon, for one call</h3>\n");
        table(requestsHeader(systems), results.cases().stream().map(name -> requests(lower, systems, name)).toList());
    }

    private static List<String> requestsHeader(List<String> systems) {
        return Stream.concat(Stream.of("call"), systems.stream()).toList();
    }

    private List<String> requests(String lower, List<String> systems, String name) {
        return Stream.concat(
                        Stream.of(name),
                        systems.stream().map(system -> results.find(lower, system, name)
                                .map(result -> String.format(Locale.ROOT, "%.4g", result.requests()).replaceFirst("\\.0*$", ""))
                                .orElse("")))
                .toList();
    }

    private void table(List<String> header, List<List<String>> rows) {
        page.append("<div class=\"wide\"><table>\n<tr>");
        header.forEach(cell -> page.append("<th>").append(cell));
        page.append('\n');
        for (List<String> row : rows) {
            page.append("<tr>");
            row.forEach(cell -> page.append(cell.endsWith("missed") ? "<td class=\"missed\">" : "<td>").append(cell));
            page.append('\n');
        }
        page.append("</table></div>\n");
    }

    private void breakdowns(List<Breakdown> breakdowns) {
        if (breakdowns.isEmpty()) {
            return;
        }
        page.append("<h2>Where the instructions go</h2>\n<p>One call, instruction by instruction, over tmpfs.</p>\n");
        for (Breakdown breakdown : breakdowns) {
            page.append(String.format("<h3>%s: %d instructions</h3>%n<table>%n", breakdown.title(), breakdown.total()));
            breakdown.functions().stream().limit(FUNCTIONS_SHOWN).forEach(line -> page.append(String.format(
                    Locale.ROOT,
                    "<tr><td>%s<td>%d<td style=\"text-align:left\"><span class=\"bar\" style=\"width:%dpx\"></span>%n",
                    line.function(), line.instructions(), 600L * line.instructions() / breakdown.total())));
            page.append("</table>\n");
        }
    }
}
