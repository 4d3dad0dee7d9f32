// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.sys.ProcessCalls;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a mount's process tells its state: a unix socket named after the connection, in a directory that only this user may enter. Who
 * connects is sent one JSON object in one line.
 */
final class StatusSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusSocket.class);

    private final Path path;
    private final ServerSocketChannel server;

    /** Where the state comes from. */
    @FunctionalInterface
    interface Source {
        Map<String, Object> get() throws IOException;
    }

    private StatusSocket(Path path, ServerSocketChannel server) {
        this.path = path;
        this.server = server;
    }

    /** Without a place for it the mount works all the same, so that a failure is only logged, and null returned. */
    static StatusSocket open(int connection, Source source) {
        Path path = path(connection);
        try {
            Files.createDirectories(path.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.deleteIfExists(path);
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            StatusSocket socket = new StatusSocket(path, server.bind(UnixDomainSocketAddress.of(path)));
            Thread thread = new Thread(() -> socket.answer(source), "fuselet-status");
            thread.setDaemon(true);
            thread.start();
            return socket;
        } catch (IOException e) {
            LOG.warn("no status on {}: {}", path, e.getMessage());
            return null;
        }
    }

    /**
     * Asks a running mount.
     *
     * @return its JSON object
     * @throws IOException if no process of this user serves that connection
     */
    static String ask(int connection) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path(connection)));
                InputStream in = Channels.newInputStream(channel)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    static Path path(int connection) {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        Path base = isRoot() ? Path.of("/run") : Path.of(runtime == null ? System.getProperty("java.io.tmpdir") : runtime);
        String directory = isRoot() || runtime != null ? "fuselet" : "fuselet-" + System.getProperty("user.name");
        return base.resolve(directory).resolve(connection + ".sock");
    }

    private static boolean isRoot() {
        return ProcessCalls.geteuid() == 0;
    }

    private void answer(Source source) {
        while (server.isOpen()) {
            try (SocketChannel peer = server.accept()) {
                ByteBuffer line = StandardCharsets.UTF_8.encode(Json.line(source.get()) + "\n");
                while (line.hasRemaining()) {
                    peer.write(line);
                }
            } catch (AsynchronousCloseException e) {
                return;
            } catch (ClosedChannelException e) {
                LOG.debug("status socket: {}", e.toString());
            } catch (IOException | RuntimeException e) {
                LOG.warn("status was not sent: {}", e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("status socket: {}", e.toString());
        }
    }
}
