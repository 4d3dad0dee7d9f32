// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import java.nio.file.Path;

/** Where things are, as the launcher {@code bin/fuselet} tells by system properties. */
final class Installation {
    /** Directory that holds {@code bin}, {@code lib} and {@code bpf}. */
    private static final String HOME = "fuselet.home";
    /** Directory that relative paths are meant from, where it is not this process's own. */
    static final String WORKING_DIRECTORY = "fuselet.cwd";

    private Installation() {}

    /** Directory of the shipped eBPF objects. */
    static Path objects() {
        return Path.of(System.getProperty(HOME, ".")).toAbsolutePath().resolve("bpf");
    }

    /** The command itself. */
    static Path launcher() {
        return Path.of(System.getProperty(HOME, ".")).toAbsolutePath().resolve("bin").resolve("fuselet");
    }

    static Path workingDirectory() {
        return Path.of(System.getProperty(WORKING_DIRECTORY, "")).toAbsolutePath();
    }
}
