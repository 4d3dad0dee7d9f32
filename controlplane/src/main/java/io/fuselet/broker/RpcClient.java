// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.SocketCalls;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;

/** A connection to a broker or a mount process. Used by one thread. */
public final class RpcClient implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final UnixSocketChannel channel;
    private final BufferedReader in;

    private RpcClient(UnixSocketChannel channel) {
        this.channel = channel;
        this.in = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
    }

    /** @throws IOException if nobody listens there, or not for this user */
    public static RpcClient connect(Path socket) throws IOException {
        return new RpcClient(UnixSocketChannel.open(new UnixSocketAddress(socket.toFile())));
    }

    /** Whether somebody listens there. */
    static boolean answers(Path socket) {
        try (RpcClient client = connect(socket)) {
            return client.channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Asks and waits for the answer.
     *
     * @param params as Jackson writes them
     * @param descriptors stay the caller's
     * @throws RpcException if the answer is an error
     */
    public JsonNode call(String method, Map<String, ?> params, int... descriptors) throws IOException, RpcException {
        send(Json.line(Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", params)), descriptors);
        JsonNode answer = receive();
        if (answer.has("error")) {
            throw new RpcException(answer.at("/error/code").asInt(), answer.at("/error/message").asText());
        }
        return answer.get("result");
    }

    /** Passes on what {@code events} is answered with, until the server ends. */
    public void follow(Consumer<JsonNode> notifications) throws IOException {
        try {
            while (true) {
                notifications.accept(receive());
            }
        } catch (EOFException e) {
            return;
        }
    }

    private void send(String line, int... descriptors) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        NativeBuffer buffer = NativeBuffer.copyOf(bytes);
        int sent = SocketCalls.send(channel.getFD(), buffer.address(), bytes.length, descriptors);
        while (sent < bytes.length) {
            sent += SocketCalls.send(channel.getFD(), buffer.address() + sent, bytes.length - sent);
        }
        java.lang.ref.Reference.reachabilityFence(buffer);
    }

    private JsonNode receive() throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new EOFException("the server has ended the connection");
        }
        return MAPPER.readTree(line);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
