// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A program run to its end, with what it said. */
record Command(int code, String out, String err) {
    private static final long DEADLINE_SECONDS = 300;

    /** Runs the {@code fuselet} command of the distribution under test. */
    static Command fuselet(Object... arguments) throws IOException, InterruptedException {
        return run(start(fuseletLine(List.of(arguments))));
    }

    /** As {@link #fuselet}, as an ordinary user with the given environment variable. */
    static Command fuseletAs(String user, Object... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups", "--inh-caps=-all"));
        line.addAll(fuseletLine(List.of(arguments)));
        return run(start(line));
    }

    /** Runs a shell script. */
    static Command shell(Path directory, String script) throws IOException, InterruptedException {
        return run(new ProcessBuilder("bash", "-c", script).directory(directory.toFile()).start());
    }

    /** Runs a program. */
    static Command run(List<String> line) throws IOException, InterruptedException {
        return run(new ProcessBuilder(line).start());
    }

    static List<String> fuseletLine(List<?> arguments) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("fuselet.home"), "bin", "fuselet").toString());
        arguments.forEach(argument -> line.add(argument.toString()));
        return line;
    }

    /** Starts a program whose JVM, if it has one, compiles as little as a short life repays. */
    static Process start(List<String> line) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("FUSELET_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
        return builder.start();
    }

    private static Command run(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        CompletableFuture<String> out = collect(process.getInputStream());
        CompletableFuture<String> err = collect(process.getErrorStream());
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("did not end in " + DEADLINE_SECONDS + " s; it said: " + out.join() + err.join());
        }
        return new Command(process.exitValue(), out.join(), err.join());
    }

    static CompletableFuture<String> collect(InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
