// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Puts the tables of a run into a Markdown file, between {@code <!-- bench LOWER -->} and {@code <!-- /bench -->}. Arguments:
 * results.json, the file.
 */
public final class ReadmeTables {
    private static final String END = "<!-- /bench -->";

    private ReadmeTables() {}

    public static void main(String[] arguments) throws Exception {
        Results results = Results.read(Path.of(arguments[0]));
        Path file = Path.of(arguments[1]);
        String text = Files.readString(file);
        for (String lower : results.lowers()) {
            text = replace(text, lower, new MarkdownTable(results, lower).text());
        }
        Files.writeString(file, text);
    }

    static String replace(String text, String lower, String table) {
        String begin = "<!-- bench " + lower + " -->";
        int from = text.indexOf(begin);
        int to = text.indexOf(END, from);
        if (from < 0 || to < 0) {
            return text;
        }
        return text.substring(0, from) + begin + "\n\n" + table + "\n\n" + text.substring(to);
    }
}
