// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.sys.MountCalls;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/examples/PropertyFiles.java}: a file system of somebody else on the FUSE server. */
@Tag("vm")
@Timeout(120)
class JavaExampleTest {
    @Test
    void propertiesAreFiles(@TempDir Path point) throws Exception {
        Path home = Path.of(System.getProperty("fuselet.home"));
        String classes = home.resolve("lib") + "/*:" + home.resolveSibling("examples");
        Process daemon = Command.start(List.of("java", "-XX:TieredStopAtLevel=1", "-Dsome.property=its value", "-cp", classes, "PropertyFiles",
                point.toString()));
        assertThat(daemon.inputReader().readLine()).isEqualTo("mounted on " + point);
        try {
            assertThat(point.resolve("some.property")).hasContent("its value\n");
            try (Stream<Path> files = Files.list(point)) {
                assertThat(files.map(file -> file.getFileName().toString())).contains("some.property", "java.version").doesNotHaveDuplicates();
            }
            assertThat(Files.size(point.resolve("some.property"))).isEqualTo("its value\n".length());
            assertThatThrownBy(() -> Files.readString(point.resolve("none"))).isInstanceOf(NoSuchFileException.class);
        } finally {
            MountCalls.umount2(point.toString(), MountCalls.MNT_DETACH);
        }
        assertThat(daemon.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(daemon.exitValue()).isZero();
    }
}
