// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** Compilers of the machine that the tests run on. */
public final class Tools {
    private Tools() {}

    /** The first of these programs on PATH; without one the calling test is skipped with that reason. */
    public static String require(String... names) {
        Optional<String> found = List.of(names).stream().filter(Tools::onPath).findFirst();
        Assumptions.assumeTrue(found.isPresent(), "none of " + String.join(", ", names) + " is installed");
        return found.orElseThrow();
    }

    public static String requireBpfClang() {
        return require("clang", "clang-14", "clang-19", "clang-16", "clang-15");
    }

    /** Skips the calling test where libbpf is not installed. */
    public static void requireLibbpf() {
        try {
            LibBpf.get();
        } catch (BpfException e) {
            Assumptions.abort(e.getMessage());
        }
    }

    /** Runs a program to its end, and fails the test if it fails. */
    public static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output;
        try (InputStream in = process.getInputStream()) {
            output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        if (process.waitFor() != 0) {
            throw new AssertionError(command + " failed:\n" + output);
        }
        return output;
    }

    /** Compiles C source for the eBPF target. */
    public static Path compileBpf(Path directory, String name, String source, String... options) throws IOException, InterruptedException {
        String clang = requireBpfClang();
        Path c = Files.writeString(directory.resolve(name + ".bpf.c"), source);
        Path object = directory.resolve(name + ".bpf.o");
        List<String> command = new ArrayList<>(List.of(clang, "-target", "bpf", "-O2", "-g", "-c", c.toString(), "-o", object.toString()));
        command.addAll(List.of(options));
        run(command);
        return object;
    }

    private static boolean onPath(String name) {
        for (String directory : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(directory, name))) {
                return true;
            }
        }
        return false;
    }
}
