// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A C header, and what the compiler says of the expressions that it allows. */
final class CHeader {
    /** Where the headers of a kernel are that is newer than those of the system: an include directory. */
    static final String DIRECTORY_VARIABLE = "FUSELET_UAPI";

    private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final List<String> C_WORDS = List.of("sizeof", "offsetof", "struct", "ULL");

    private final Path path;
    private final String text;

    CHeader(Path path) throws IOException {
        this.path = path;
        text = Files.readString(path);
    }

    /** {@code name} from the directory given by {@link #DIRECTORY_VARIABLE}, else from the system. */
    static CHeader find(String name) throws IOException {
        String directory = System.getenv(DIRECTORY_VARIABLE);
        return new CHeader(Path.of(directory == null || directory.isEmpty() ? "/usr/include" : directory, name));
    }

    static boolean hasCompiler() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "cc")));
    }

    /** The first word of {@code expression} that the header does not know, or null. */
    String missingIn(String expression) {
        Matcher words = WORD.matcher(expression);
        while (words.find()) {
            if (!C_WORDS.contains(words.group()) && !Pattern.compile("\\b" + words.group() + "\\b").matcher(text).find()) {
                return words.group();
            }
        }
        return null;
    }

    /** Values of integer expressions, by expression. */
    Map<String, Long> evaluate(Collection<String> expressions, Path directory) throws IOException, InterruptedException {
        StringBuilder program = new StringBuilder("#include <stddef.h>\n#include <stdio.h>\n#include <sys/ioctl.h>\n");
        program.append("#include \"").append(path.toAbsolutePath()).append("\"\nint main(void)\n{\n");
        expressions.forEach(e -> program.append("\tprintf(\"%lld\\n\", (long long)(").append(e).append("));\n"));
        program.append("\treturn 0;\n}\n");
        Path source = Files.writeString(directory.resolve("values.c"), program);
        Path binary = directory.resolve("values");
        run("cc", "-o", binary.toString(), source.toString());
        String[] lines = run(binary.toString()).split("\n");

        Map<String, Long> values = new HashMap<>();
        int line = 0;
        for (String expression : expressions) {
            values.put(expression, Long.parseLong(lines[line++]));
        }
        return values;
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
