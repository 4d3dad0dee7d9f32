// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.broker.RpcClient;
import io.fuselet.broker.RpcException;
import io.fuselet.broker.Sockets;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code fuselet replace}, {@code top} and {@code events} on a mount that is in use. */
@Tag("vm")
@Timeout(300)
class LiveCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Half a dozen JVMs start beside the load, on a processor that may be emulated. */
    private static final long PAUSE_NANOS = 50_000_000;

    @TempDir
    Path scratch;

    @Test
    void aMountInUse() throws Exception {
        Path source = Files.createDirectory(scratch.resolve("source"));
        Path point = Files.createDirectory(scratch.resolve("mnt"));
        Files.writeString(source.resolve("file"), "content");
        Path policy = Files.writeString(scratch.resolve("policy.yaml"), "rules: [{path: /file, effect: allow, audit: true}]");
        Path audit = scratch.resolve("audit.json");
        try (Daemon daemon = Daemon.mount(source, point, "--trace", "--policy", policy, "--audit", audit, "--entry-timeout", 0)) {
            assertThat(daemon.tier()).as(daemon.report().toString()).isEqualTo("extension");
            Reader reader = new Reader(point.resolve("file"));
            reader.start();
            programsAreReplacedUnderLoad(point);
            whatIsNoObjectIsRefused(daemon);
            topCounts(point);
            eventsAreFollowed(point);
            reader.end();
        }
    }

    private void programsAreReplacedUnderLoad(Path point) throws Exception {
        Command replaced = Command.fuselet("replace", point, "--json");
        assertThat(replaced.code()).as(replaced.err()).isZero();
        assertThat(JSON.readTree(replaced.out()).get("object").asText()).isEqualTo(TieredMount.objects().resolve("stack.bpf.o").toString());
        Path unverified = BrokenObject.of(TieredMount.objects().resolve("stack.bpf.o"), "fuse/request/GETATTR", scratch);
        Command rejected = Command.fuselet("replace", point, "--object", unverified);
        assertThat(rejected.code()).as(rejected.err()).isEqualTo(5);
        assertThat(rejected.err()).hasLineCount(1).contains("the old programs stay", BrokenObject.REASON);
    }

    private void whatIsNoObjectIsRefused(Daemon daemon) throws Exception {
        Path broken = Files.writeString(scratch.resolve("broken.bpf.o"), "this is no object");
        try (RpcClient client = RpcClient.connect(Sockets.ofMount(daemon.report().get("connection").asInt()))) {
            assertThatThrownBy(() -> client.call("replace", Map.of("object", broken.toString())))
                    .isInstanceOfSatisfying(RpcException.class, e -> assertThat(e.code()).isEqualTo(RpcException.REFUSED));
        }
    }

    private static void topCounts(Path point) throws Exception {
        Command top = Command.fuselet("top", point, "--count", 1, "--json");
        assertThat(top.code()).as(top.err()).isZero();
        JsonNode requests = JSON.readTree(top.out()).get("mounts").get(point.toString());
        assertThat(requests.at("/OPEN/kernel_per_second").asDouble()).as(top.out()).isPositive();
        assertThat(requests.at("/CREATE/daemon_per_second").asDouble()).as(top.out()).isPositive();
        assertThat(requests.at("/CREATE/wait/p50_ns").asLong()).as(top.out()).isPositive();
    }

    private static void eventsAreFollowed(Path point) throws Exception {
        Process events = Command.start(Command.fuseletLine(List.of("events", point)));
        try (BufferedReader out = events.inputReader()) {
            JsonNode event = JSON.readTree(out.readLine());
            assertThat(event.get("path").asText()).isEqualTo("/file");
            assertThat(event.get("verdict").asText()).isEqualTo("allow");
        } finally {
            events.destroy();
            events.waitFor();
        }
    }

    /** Reads a file, and makes another, again and again; nothing may fail. */
    private static final class Reader {
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Thread thread;
        private volatile boolean ending;

        Reader(Path file) {
            thread = new Thread(() -> {
                try {
                    while (!ending) {
                        assertThat(Files.readString(file)).isEqualTo("content");
                        Files.delete(Files.createFile(file.resolveSibling("other")));
                        // A load, not a contest for the processors with the commands under test.
                        LockSupport.parkNanos(PAUSE_NANOS);
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
        }

        void start() {
            thread.start();
        }

        void end() throws InterruptedException {
            ending = true;
            thread.join();
            assertThat(failure.get()).isNull();
        }
    }
}
