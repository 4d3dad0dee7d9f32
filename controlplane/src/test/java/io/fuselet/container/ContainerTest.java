// SPDX-License-Identifier: Apache-2.0
package io.fuselet.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control plane in containers on this machine's own kernel, which has no FUSE_BPF. */
@Tag("container")
@Timeout(180)
class ContainerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final String SOURCE = "mkdir /tmp/source /tmp/point; echo content >/tmp/source/file; chown 1000 /tmp/point; ";
    private static final String CONNECTIONS = "mkdir -p /tmp/ctl; mount -t fusectl fusectl /tmp/ctl; ls /tmp/ctl; umount /tmp/ctl";

    @TempDir
    Path run;

    /** As /run is. */
    @BeforeEach
    void letEverybodyIn() throws Exception {
        Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String reason(JsonNode report, String tier) {
        for (JsonNode step : report.get("missed")) {
            if (step.get("tier").asText().equals(tier)) {
                return step.get("reason").asText();
            }
        }
        return "";
    }

    private static String number(Box box) throws Exception {
        return box.run("awk '$5 == \"/tmp/point\" { sub(\".*:\", \"\", $3); print $3 }' /proc/self/mountinfo").strip();
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            Thread.sleep(50);
        }
    }

    @Test
    void rootGoesDownTheLadderAsFarAsItMust() throws Exception {
        try (Box box = Box.idle(run)) {
            JsonNode report = JSON.readTree(box.run(SOURCE + "/opt/fuselet/bin/fuselet mount --background --json /tmp/source /tmp/point"));
            String tier = report.get("tier").asText();
            assertThat(tier).isIn("passthrough", "plain");
            assertThat(reason(report, "extension")).isEqualTo("kernel offers no FUSE_BPF");
            assertThat(reason(report, "passthrough").isEmpty()).as(report.toString()).isEqualTo(tier.equals("passthrough"));
            assertThat(box.run("cat /tmp/point/file; umount /tmp/point")).isEqualTo("content\n");
        }
    }

    @Test
    void anOrdinaryUserEndsInPlain() throws Exception {
        try (Box box = Box.idle(run)) {
            box.run(SOURCE);
            JsonNode report = JSON.readTree(box.runAsUser("/opt/fuselet/bin/fuselet mount --background --json /tmp/source /tmp/point"));
            assertThat(report.get("tier").asText()).isEqualTo("plain");
            assertThat(reason(report, "extension")).isNotEmpty();
            assertThat(reason(report, "passthrough")).isNotEmpty();
            assertThat(box.runAsUser("cat /tmp/point/file; fusermount3 -u /tmp/point")).isEqualTo("content\n");
        }
    }

    @Test
    void aDaemonOfAnotherContainerIsToldWhyNotServesAndLeavesNothing() throws Exception {
        try (Box broker = Box.broker(run); Box box = Box.idle(run)) {
            box.run(SOURCE);
            box.runAsUser("/opt/fuse/mirror /tmp/source /tmp/point 2>/tmp/said >/dev/null &");
            await("mirror does not mount", () -> !number(box).isEmpty());
            assertThat(box.runAsUser("cat /tmp/point/file")).isEqualTo("content\n");
            assertThat(box.run("cat /tmp/said")).contains("\"code\":-32005", "kernel offers no FUSE_BPF");

            String connection = number(box);
            assertThat(broker.run(CONNECTIONS).lines()).contains(connection);
            box.kill();
            await("the connection of a killed container stays", () -> broker.run(CONNECTIONS).lines().noneMatch(connection::equals));
        }
    }
}
