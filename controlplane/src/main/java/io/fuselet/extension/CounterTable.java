// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A file of counters in fusectl: its first line names the columns, each further line is a row of decimal numbers. */
final class CounterTable {
    private CounterTable() {}

    /**
     * @param connection minor number of the mount's st_dev
     * @return the file's lines, none if there is no such connection or no such file
     */
    static List<String> lines(long connection, String file) throws IOException {
        Path path = KernelCounters.CONNECTIONS.resolve(Long.toString(connection)).resolve(file);
        try {
            return Files.readAllLines(path);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** The rows, by name of column. */
    static List<Map<String, Long>> rows(List<String> lines) throws IOException {
        if (lines.isEmpty()) {
            throw new IOException("the kernel's counters have no header line");
        }
        List<String> columns = words(lines.get(0));
        List<Map<String, Long>> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            rows.add(row(columns, line));
        }
        return rows;
    }

    private static Map<String, Long> row(List<String> columns, String line) throws IOException {
        List<String> values = words(line);
        if (values.size() != columns.size()) {
            throw new IOException("the kernel's counters have " + values.size() + " numbers under " + columns.size() + " headings: " + line);
        }
        Map<String, Long> row = new LinkedHashMap<>();
        for (int i = 0; i < values.size(); i++) {
            row.put(columns.get(i), number(values.get(i)));
        }
        return row;
    }

    private static long number(String text) throws IOException {
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("not a number in the kernel's counters: " + text);
        }
    }

    private static List<String> words(String line) {
        return List.of(line.strip().split("\\s+"));
    }
}
