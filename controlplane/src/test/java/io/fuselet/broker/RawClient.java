// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.SocketCalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.enxio.channels.NativeException;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;

/** A client that may send anything. */
final class RawClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final UnixSocketChannel channel;
    private final BufferedReader in;

    RawClient(Path socket) throws IOException {
        channel = UnixSocketChannel.open(new UnixSocketAddress(socket.toFile()));
        in = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
    }

    RawClient send(String text, int... descriptors) {
        return send(text.getBytes(StandardCharsets.UTF_8), descriptors);
    }

    RawClient send(byte[] bytes, int... descriptors) {
        NativeBuffer buffer = NativeBuffer.copyOf(bytes);
        int sent = SocketCalls.send(channel.getFD(), buffer.address(), bytes.length, descriptors);
        while (sent < bytes.length) {
            sent += SocketCalls.send(channel.getFD(), buffer.address() + sent, bytes.length - sent);
        }
        return this;
    }

    /** The next answer, null if the server has ended the connection. */
    JsonNode answer() throws IOException {
        String line = line();
        return line == null ? null : JSON.readTree(line);
    }

    /** What a server leaves unread in the end, its client sees as a reset. */
    private String line() throws IOException {
        try {
            return in.readLine();
        } catch (NativeException e) {
            return null;
        }
    }

    int errorCode() throws IOException {
        return answer().at("/error/code").asInt();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
