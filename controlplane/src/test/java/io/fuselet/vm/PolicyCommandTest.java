// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A policy from the command line: mounted, replaced, and told of. */
@Tag("vm")
@Timeout(600)
class PolicyCommandTest {
    @TempDir
    Path scratch;

    private Path source;
    private Path mountPoint;
    private Path policy;

    @BeforeEach
    void makeTree() throws Exception {
        source = Files.createDirectory(scratch.resolve("source"));
        mountPoint = Files.createDirectory(scratch.resolve("mnt"));
        Files.writeString(source.resolve("one"), "content");
        Files.writeString(source.resolve("two"), "content");
        policy = Files.writeString(scratch.resolve("policy.yaml"), "rules: [{path: /one, effect: deny, audit: true}]");
    }

    @Test
    void aMountUnderAPolicy() throws Exception {
        Path audit = scratch.resolve("audit.json");
        try (Daemon daemon = Daemon.mount(source, mountPoint, "--policy", policy, "--audit", audit)) {
            assertThat(daemon.tier()).as(daemon.report().toString()).isEqualTo("extension");
            assertThatThrownBy(() -> Files.readString(mountPoint.resolve("one"))).isInstanceOf(AccessDeniedException.class);
            assertThat(mountPoint.resolve("two")).hasContent("content");

            Files.writeString(policy, "rules:\n  - {path: /two, effect: deny}\n  - {path: /three, effect: hide}\n");
            Command replaced = Command.fuselet("policy", "replace", mountPoint, policy, "--json");
            assertThat(replaced.code()).as(replaced.err()).isZero();
            assertThat(replaced.out()).isEqualToIgnoringNewLines("{\"rules\":2}");
            assertThatThrownBy(() -> Files.readString(mountPoint.resolve("two"))).isInstanceOf(AccessDeniedException.class);
            assertThat(mountPoint.resolve("one")).hasContent("content");
            assertThat(daemon.status().get("policy")).hasToString("{\"rules\":2,\"lost_events\":0}");
        }

        List<String> lines = Files.readAllLines(audit);
        assertThat(lines).hasSize(1);
        JsonNode event = new ObjectMapper().readTree(lines.get(0));
        assertThat(event.get("operation").asText() + event.get("path").asText() + event.get("verdict").asText()).isEqualTo("OPEN/onedeny");
        assertThat(event.get("pid").asLong()).isPositive();
    }

    @Test
    void aMistakeLeavesTheOldPolicy() throws Exception {
        try (Daemon daemon = Daemon.mount(source, mountPoint, "--policy", policy)) {
            Files.writeString(policy, "rules: [{path: one, effect: deny}]");
            Command replaced = Command.fuselet("policy", "replace", mountPoint, policy);
            assertThat(replaced.code()).isEqualTo(2);
            assertThat(replaced.err()).hasLineCount(1).contains("policy.yaml:1:16: a path begins with '/'");
            assertThatThrownBy(() -> Files.readString(mountPoint.resolve("one"))).isInstanceOf(AccessDeniedException.class);
            assertThat(daemon.process().isAlive()).isTrue();
        }
    }

    @Test
    void aMountWithoutAPolicyTakesNone() throws Exception {
        try (Daemon daemon = Daemon.mount(source, mountPoint)) {
            Command replaced = Command.fuselet("policy", "replace", mountPoint, policy);
            assertThat(replaced.code()).isEqualTo(1);
            assertThat(replaced.err()).hasLineCount(1).contains("under a policy");
            assertThat(daemon.process().isAlive()).isTrue();
        }
    }
}
