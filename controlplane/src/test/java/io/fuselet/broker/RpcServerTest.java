// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.ProcessCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RpcServerTest {
    private static final Limits LIMITS =
            new Limits(4096, 4, 4, Duration.ofMillis(200), Duration.ofSeconds(20), Duration.ofMillis(300));
    private static final String ECHO = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"hello\"}}\n";
    private static final String TAKE = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"take\"}\n";

    private final EventHub events = new EventHub();
    private Path directory;
    private Path socket;
    private RpcServer server;

    @BeforeEach
    void start() throws IOException {
        // the path of a unix socket has room for 107 bytes only
        directory = Files.createTempDirectory(Path.of("/tmp"), "rpc");
        socket = directory.resolve("s");
        server = RpcServer.start(Listener.bind(socket, "rw-------"), LIMITS, Map.of(
                "echo", RpcServerTest::echo,
                "fail", call -> {
                    throw new IllegalStateException("a bug with a secret in its message");
                },
                "who", call -> Map.of("uid", call.peer().uid()),
                "events", new FollowMethod(events),
                "take", new Taking()));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        Files.delete(directory);
    }

    private static Object echo(RpcCall call) throws RpcException {
        String text = call.params().text("text").orElse("");
        call.params().end();
        return text;
    }

    /** Writes a byte into the one descriptor that it gets. */
    private static final class Taking implements RpcMethod {
        @Override
        public Object call(RpcCall call) throws RpcException {
            call.expectDescriptors(1);
            NativeBuffer one = NativeBuffer.allocate(1);
            return FileCalls.write(call.descriptor(0).number(), one.address(), 1);
        }

        @Override
        public boolean takesDescriptors() {
            return true;
        }
    }

    private RawClient connect() throws IOException {
        return new RawClient(socket);
    }

    private void assertServes() throws IOException {
        try (RawClient client = connect()) {
            assertThat(client.send(ECHO).answer().get("result").asText()).isEqualTo("hello");
        }
    }

    @Test
    void aRequestIsAnswered() throws Exception {
        try (RpcClient client = RpcClient.connect(socket)) {
            assertThat(client.call("echo", Map.of("text", "hi")).asText()).isEqualTo("hi");
            assertThat(client.call("who", Map.of()).get("uid").asInt()).as("by SO_PEERCRED").isEqualTo(ProcessCalls.geteuid());
            assertThatThrownBy(() -> client.call("echo", Map.of("text", "hi", "uid", 0))).hasMessageContaining("unknown parameters: uid");
            assertThatThrownBy(() -> client.call("nothing", Map.of())).hasMessageContaining("no method nothing");
        }
    }

    @Test
    void aBugInAMethodStaysInside() throws Exception {
        try (RawClient client = connect()) {
            JsonNode answer = client.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fail\"}\n").answer();
            assertThat(answer.at("/error/code").asInt()).isEqualTo(RpcException.INTERNAL_ERROR);
            assertThat(answer.toString()).doesNotContain("secret");
            assertThat(client.send(ECHO).answer().get("result").asText()).isEqualTo("hello");
        }
    }

    @Test
    void malformedMessagesAreAnsweredWithTheirError() throws Exception {
        Map<String, Integer> messages = Map.of(
                "{", RpcException.PARSE_ERROR,
                "", RpcException.INVALID_REQUEST,
                "{\"a\":1,\"a\":2}", RpcException.PARSE_ERROR,
                "{} {}", RpcException.PARSE_ERROR,
                "[".repeat(1000), RpcException.PARSE_ERROR,
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}]", RpcException.INVALID_REQUEST,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", RpcException.INVALID_REQUEST,
                "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"echo\"}", RpcException.INVALID_REQUEST,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":[1]}", RpcException.INVALID_PARAMS,
                "{\"jsonrpc\":\"2.0\",\"id\":" + "9".repeat(1000) + ",\"method\":\"echo\"}", RpcException.PARSE_ERROR);
        try (RawClient client = connect()) {
            for (Map.Entry<String, Integer> message : messages.entrySet()) {
                assertThat(client.send(message.getKey() + "\n").errorCode()).as(message.getKey()).isEqualTo(message.getValue());
            }
            assertThat(client.send(new byte[] {'"', (byte) 0xff, '"', '\n'}).errorCode()).isEqualTo(RpcException.PARSE_ERROR);
            assertThat(client.send(ECHO).answer().get("result").asText()).as("the connection lives on").isEqualTo("hello");
        }
    }

    @Test
    void aNotificationGetsNoAnswer() throws Exception {
        try (RawClient client = connect()) {
            client.send("{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}\n").send(ECHO);
            assertThat(client.answer().get("id").asInt()).isEqualTo(1);
        }
    }

    @Test
    void anEnormousLineEndsTheConnection() throws Exception {
        try (RawClient client = connect()) {
            client.send("x".repeat(LIMITS.lineBytes() + 1000));
            assertThat(client.answer().toString()).contains("more than 4096 bytes");
            assertThat(client.answer()).isNull();
        }
        assertServes();
    }

    @Test
    void aHalfSentLineEndsTheConnection() throws Exception {
        try (RawClient client = connect()) {
            client.send("{\"jsonrpc\":");
            assertThat(client.answer().toString()).contains("half a line");
            assertThat(client.answer()).isNull();
        }
        assertServes();
    }

    @Test
    void thousandsOfConnectionsAreTurnedAway() throws Exception {
        Deque<RawClient> clients = new ArrayDeque<>();
        int served = 0;
        for (int i = 0; i < 2000; i++) {
            clients.add(connect());
        }
        for (RawClient client : clients) {
            if (!turnedAway(client)) {
                served++;
            }
        }
        assertThat(served).isEqualTo(LIMITS.connectionsPerUid());
        for (RawClient client : clients) {
            client.close();
        }
        awaitService();
    }

    private static boolean turnedAway(RawClient client) throws IOException {
        try {
            client.send(ECHO);
        } catch (ErrnoException e) {
            // it has been closed already
        }
        return client.answer().path("error").path("code").asInt() == RpcException.TOO_MANY;
    }

    /** A connection counts until its thread has noticed that the client is gone. */
    private void awaitService() throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (true) {
            try (RawClient client = connect()) {
                if (!turnedAway(client)) {
                    return;
                }
            }
            assertThat(System.nanoTime()).as("clients that have gone make room").isLessThan(deadline);
        }
    }

    @Test
    void eachLineKeepsItsDescriptors() throws Exception {
        try (RawClient client = connect(); Witness first = new Witness(); Witness second = new Witness()) {
            client.send(ECHO).send(TAKE, first.descriptor()).send(ECHO).send(TAKE, second.descriptor());
            List<String> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(client.answer().get("result").asText());
            }
            assertThat(results).containsExactly("hello", "1", "hello", "1");
            first.assertClosedByTheServer();
            second.assertClosedByTheServer();
        }
    }

    @Test
    void descriptorsOfARefusedMessageAreClosed() throws Exception {
        for (String message : List.of("{", ECHO.strip(), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nothing\"}")) {
            try (RawClient client = connect(); Witness witness = new Witness()) {
                assertThat(client.send(message + "\n", witness.descriptor()).answer().has("error")).as(message).isTrue();
                witness.assertClosedByTheServer();
            }
        }
    }

    @Test
    void aClientDiesWithADescriptorInFlight() throws Exception {
        try (Witness half = new Witness(); Witness whole = new Witness(); Witness unread = new Witness()) {
            try (RawClient client = connect()) {
                client.send("{\"jsonrpc\":", half.descriptor());
            }
            try (RawClient client = connect()) {
                client.send(TAKE, whole.descriptor()).send("{", unread.descriptor());
            }
            half.assertClosedByTheServer();
            unread.assertClosedByTheServer();
        }
        assertServes();
    }

    @Test
    void moreThanEightDescriptorsEndTheConnection() throws Exception {
        try (RawClient client = connect(); Witness witness = new Witness()) {
            int fd = witness.descriptor();
            client.send(TAKE, fd, fd, fd, fd, fd, fd, fd, fd, fd);
            assertThat(client.answer().toString()).contains("more than 8 descriptors");
            assertThat(client.answer()).isNull();
            witness.assertClosedByTheServer();
        }
    }

    @Test
    void descriptorsWithinALineEndTheConnection() throws Exception {
        try (RawClient client = connect(); Witness witness = new Witness()) {
            client.send(TAKE.substring(0, 10)).send(TAKE.substring(10), witness.descriptor());
            assertThat(client.answer().toString()).contains("descriptors came within a line");
            assertThat(client.answer()).isNull();
            witness.assertClosedByTheServer();
        }
    }

    @Test
    void eventsReachTheirFollowerUntilItLeaves() throws Exception {
        try (RawClient client = connect()) {
            assertThat(client.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events\"}\n").answer().at("/result/following").asBoolean()).isTrue();
            events.publish(Map.of("n", 1));
            assertThat(client.answer()).hasToString("{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"n\":1}}");
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (events.isFollowed()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void aFollowerThatDoesNotReadIsDropped() throws Exception {
        try (RawClient client = connect()) {
            client.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events\"}\n").answer();
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (events.isFollowed()) {
                events.publish(Map.of("text", "x".repeat(4096)));
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
        }
        assertServes();
    }

    @Test
    void aSocketInUseIsNotTakenAndADeadOneIs() throws Exception {
        assertThatThrownBy(() -> Listener.bind(socket, "rw-------")).hasMessageContaining("another process listens on");
        Path dead = directory.resolve("dead");
        Listener left = Listener.bind(dead, "rw-------");
        Files.move(dead, directory.resolve("moved"));
        left.close();
        Files.move(directory.resolve("moved"), dead);
        Listener.bind(dead, "rw-------").close();
        assertThat(dead).doesNotExist();
    }
}
