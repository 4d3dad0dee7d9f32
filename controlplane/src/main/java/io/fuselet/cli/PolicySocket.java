// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.extension.PolicyMount;
import io.fuselet.policy.PolicyException;
import io.fuselet.policy.PolicyReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a mount takes another policy: a unix socket beside that of its state. Who connects sends the YAML and shuts down, and is sent one
 * JSON object in one line, {@code {"rules": 3}} or {@code {"error": "..."}}.
 */
final class PolicySocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PolicySocket.class);
    private static final int MOST_BYTES = 1 << 20;

    private final Path path;
    private final ServerSocketChannel server;
    private final PolicyMount policy;

    private PolicySocket(Path path, ServerSocketChannel server, PolicyMount policy) {
        this.path = path;
        this.server = server;
        this.policy = policy;
    }

    /** Null, and logged, if there is no place for it. */
    static PolicySocket open(int connection, PolicyMount policy) {
        Path path = path(connection);
        try {
            Files.deleteIfExists(path);
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
            PolicySocket socket = new PolicySocket(path, server, policy);
            Thread thread = new Thread(socket::serve, "fuselet-policy");
            thread.setDaemon(true);
            thread.start();
            return socket;
        } catch (IOException e) {
            LOG.warn("the policy cannot be replaced through {}: {}", path, e.getMessage());
            return null;
        }
    }

    /**
     * Gives a running mount another policy.
     *
     * @return its answer
     * @throws IOException if no process of this user serves that connection under a policy
     */
    static String send(int connection, String yaml) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path(connection)));
                InputStream in = Channels.newInputStream(channel)) {
            write(channel, yaml);
            channel.shutdownOutput();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    private static Path path(int connection) {
        return StatusSocket.path(connection).resolveSibling(connection + ".policy.sock");
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel peer = server.accept()) {
                byte[] yaml = Channels.newInputStream(peer).readNBytes(MOST_BYTES);
                write(peer, Json.line(answer(new String(yaml, StandardCharsets.UTF_8))) + "\n");
            } catch (AsynchronousCloseException e) {
                return;
            } catch (IOException | RuntimeException e) {
                LOG.warn("policy socket: {}", e.toString());
            }
        }
    }

    private Map<String, Object> answer(String yaml) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            policy.replace(PolicyReader.parse("policy", yaml));
            answer.put("rules", policy.policy().rules().size());
        } catch (PolicyException | IOException e) {
            answer.put("error", e.getMessage());
        }
        return answer;
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("policy socket: {}", e.toString());
        }
    }
}
