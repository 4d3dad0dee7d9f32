// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the instructions of one call went, as vm/bench/trace leaves it: "count function" lines, the first of them for all.
 *
 * @param title system and case
 */
record Breakdown(String title, List<Line> lines) {
    record Line(int instructions, String function) {
        static Line parse(String text) {
            String[] parts = text.strip().split(" +", 2);
            return new Line(Integer.parseInt(parts[0]), parts[1]);
        }
    }

    static List<Breakdown> readAll(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().map(Breakdown::read).toList();
        }
    }

    int total() {
        return lines.get(0).instructions();
    }

    List<Line> functions() {
        return lines.subList(1, lines.size());
    }

    private static Breakdown read(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return new Breakdown(file.getFileName().toString().replaceFirst("\\.txt$", ""), lines.map(Line::parse).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
