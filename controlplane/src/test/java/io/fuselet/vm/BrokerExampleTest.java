// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fuselet.broker.RpcClient;
import io.fuselet.fuse.MountException;
import io.fuselet.fuse.MountTable;
import io.fuselet.sys.MountCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/examples/mirror.c}: a daemon on unmodified libfuse, of an ordinary user, whose mount the kernel serves. */
@Tag("vm")
@Timeout(300)
class BrokerExampleTest {
    private static final String AS_USER = "setpriv --reuid user --regid 1000 --clear-groups --inh-caps=-all ";
    private static final Path MIRROR = Path.of(System.getProperty("fuselet.home")).resolveSibling("fuse").resolve("mirror");

    @TempDir
    Path scratch;

    @Test
    void theKernelServesTheDirectoryOfAnOrdinaryDaemon() throws Exception {
        Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
        // Not below /tmp, which is on overlayfs here: before INIT nothing that is stacked can be bound.
        Path source = Files.createTempDirectory(Path.of("/scratch/tmpfs"), "source");
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path below = Files.createDirectory(source.resolve("directory"));
        for (int i = 0; i < 20; i++) {
            Files.writeString(below.resolve("file" + i), "content " + i);
        }
        Path point = Files.createDirectory(scratch.resolve("point"));
        Files.setAttribute(point, "unix:uid", 1000);
        Path said = scratch.resolve("said");

        Broker broker = Broker.start();
        try {
            Process daemon = new ProcessBuilder("bash", "-c", "exec " + AS_USER + MIRROR + " " + source + " " + point)
                    .redirectError(said.toFile()).start();
            try {
                Waiting.until(() -> mounted(point) && said.toFile().length() > 0, "the daemon does not mount");
                assertThat(Files.readString(said)).contains("\"result\":", "\"extension\":\"stack\"");
                Command seen = asUser(point, "for i in {1..10}; do cat directory/file*; stat directory/* >/dev/null; ls -l directory; done");
                assertThat(seen.code()).as(seen.err()).isZero();
                assertThat(seen.out()).contains("content 19", " file19");
                // A request that comes without a handle unless the daemon has opened the directory.
                assertThat(asUser(point, "python3 -c \"import fcntl, os; fcntl.ioctl(os.open(\\\"directory\\\", 0), 0x1234)\"").err()).contains("Errno");
                broker.kill();
                assertThat(asUser(point, "cat directory/file7").out()).as("without the broker").contains("content 7");
                broker = Broker.start();
                assertServedInTheKernel(broker);
            } finally {
                MountCalls.umount2(point.toString(), MountCalls.MNT_DETACH);
                assertThat(daemon.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(daemon.exitValue()).as("the daemon's own end").isZero();
        } finally {
            broker.close();
        }
    }

    /** Runs a script in a directory that only that user may enter. */
    private static Command asUser(Path directory, String script) throws Exception {
        return Command.shell(Path.of("/"), AS_USER + "bash -c 'cd " + directory + " && " + script + "'");
    }

    private static void assertServedInTheKernel(Broker broker) throws Exception {
        try (RpcClient client = broker.connect()) {
            JsonNode kernel = client.call("status", Map.of()).at("/attachments/0/kernel");
            assertThat(kernel.at("/OPEN/redirect").asLong()).as(kernel.toString()).isGreaterThanOrEqualTo(180);
            assertThat(kernel.at("/READ/pass").asLong()).as(kernel.toString()).isZero();
            assertThat(kernel.at("/OPENDIR/redirect").asLong()).as(kernel.toString()).isZero();
        }
    }

    /** By the table of mounts: root may not look into it. */
    private static boolean mounted(Path point) {
        try {
            return MountTable.read().at(point).isPresent();
        } catch (MountException e) {
            throw new AssertionError(e);
        }
    }
}
