// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Going into the background. A JVM cannot fork, so the command is run again in a session of its own; the first process passes on what
 * the second says until that can be used, and then ends.
 *
 * <p>The second process says that it is ready by the line {@link #READY} and by closing both of its output streams.
 */
final class Background {
    private static final String CHILD = "fuselet.background";
    private static final String READY = "fuselet: ready";
    private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");

    private Background() {}

    /** Whether this is the second process. */
    static boolean isChild() {
        return Boolean.getBoolean(CHILD);
    }

    /**
     * Runs this very command again, in the background.
     *
     * @return 0 once the child is ready, else its exit code
     */
    static int start(PrintWriter out, PrintWriter err) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(command()).directory(Path.of("/").toFile()).start();
        child.getOutputStream().close();
        Thread errors = new Thread(() -> passOn(child.errorReader(Charset.defaultCharset()), err), "fuselet-errors");
        errors.start();
        boolean ready = passOn(child.inputReader(Charset.defaultCharset()), out);
        errors.join();
        return ready ? ExitCode.OK : child.waitFor();
    }

    /** Tells the first process, if there is one, that it may end, and lets go of its terminal. */
    static void ready() {
        if (isChild()) {
            System.out.println(READY);
            // The JVM puts /dev/null in place of descriptors 1 and 2 when they are closed.
            System.out.close();
            System.err.close();
        }
    }

    /** setsid(1), because a session of its own keeps the child from the terminal's signals. */
    private static List<String> command() throws IOException {
        List<String> arguments = arguments();
        List<String> command = new ArrayList<>(List.of("setsid", arguments.get(0)));
        command.add("-D" + CHILD + "=true");
        command.add("-D" + Installation.WORKING_DIRECTORY + "=" + Installation.workingDirectory());
        command.addAll(arguments.subList(1, arguments.size()));
        return command;
    }

    private static List<String> arguments() throws IOException {
        String line = Files.readString(ARGUMENTS, StandardCharsets.ISO_8859_1);
        List<String> arguments = new ArrayList<>();
        for (String argument : line.substring(0, line.length() - 1).split("\0", -1)) {
            arguments.add(new String(argument.getBytes(StandardCharsets.ISO_8859_1), Charset.defaultCharset()));
        }
        arguments.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        return arguments;
    }

    /** @return whether the child said that it is ready */
    private static boolean passOn(BufferedReader from, PrintWriter to) {
        return from.lines().filter(line -> {
            boolean ready = line.equals(READY);
            if (!ready) {
                to.println(line);
                to.flush();
            }
            return ready;
        }).count() > 0;
    }
}
