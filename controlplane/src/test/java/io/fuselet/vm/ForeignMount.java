// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.fuse.MountException;
import io.fuselet.fuse.MountTable;
import io.fuselet.sys.MountCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A directory served by a daemon that knows nothing of Fuselet, until closed. */
final class ForeignMount implements AutoCloseable {
    private final Process process;
    private final Path path;
    private final Path log;

    private ForeignMount(Process process, Path path, Path log) {
        this.process = process;
        this.path = path;
        this.log = log;
    }

    static ForeignMount of(ForeignDaemon daemon, Path below) throws Exception {
        Path path = Files.createTempDirectory("foreign");
        Path log = Files.createTempFile("foreign", ".log");
        Process process = new ProcessBuilder(daemon.line(below, path))
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(log.toFile())
                .start();
        ForeignMount mount = new ForeignMount(process, path, log);
        Waiting.until(() -> mount.isMounted() || !process.isAlive(), daemon + " does not mount");
        if (!process.isAlive()) {
            throw new AssertionError(daemon + " ended with code " + process.exitValue() + ": " + Files.readString(log));
        }
        // Once something has been answered, the daemon has answered INIT.
        assertThat(path).isDirectory();
        return mount;
    }

    Path path() {
        return path;
    }

    int connection() throws MountException {
        return MountTable.read().at(path).orElseThrow(() -> new AssertionError(path + " is not mounted")).minor();
    }

    Process process() {
        return process;
    }

    /** What the daemon has said so far. */
    String log() throws IOException {
        return Files.readString(log, StandardCharsets.ISO_8859_1);
    }

    private boolean isMounted() {
        try {
            return MountTable.read().at(path).isPresent();
        } catch (MountException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws Exception {
        if (isMounted()) {
            MountCalls.umount2(path.toString(), MountCalls.UMOUNT_NOFOLLOW);
        }
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the daemon outlives its mount");
        }
        Files.delete(path);
        Files.delete(log);
    }
}
