// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.Fd;
import io.fuselet.sys.SocketCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening unix socket: bound here, or handed over by whoever started this process (sd_listen_fds(3)). */
public final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final int BACKLOG = 128;
    /** SD_LISTEN_FDS_START. */
    private static final int FIRST_INHERITED = 3;

    private final AutoCloseable owner;
    private final int number;
    private final Path path;

    private Listener(AutoCloseable owner, int number, Path path) {
        this.owner = owner;
        this.number = number;
        this.path = path;
    }

    /**
     * Binds a path, from which the socket of an earlier process is removed.
     *
     * @param permissions as {@code rw-rw-rw-}: who may write may connect
     * @throws IOException if somebody listens there
     */
    public static Listener bind(Path path, String permissions) throws IOException {
        if (Files.exists(path) && RpcClient.answers(path)) {
            throw new IOException("another process listens on " + path);
        }
        Files.deleteIfExists(path);
        UnixServerSocketChannel channel = UnixServerSocketChannel.open();
        try {
            channel.socket().bind(new UnixSocketAddress(path.toFile()), BACKLOG);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
            return new Listener(channel, channel.getFD(), path);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * The socket that was handed over, empty if none was. It is not removed in the end: it is not ours.
     *
     * @throws IOException if there are several, or it is something else
     */
    public static Optional<Listener> inherited(Map<String, String> environment, long pid) throws IOException {
        if (!Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
            return Optional.empty();
        }
        if (!"1".equals(environment.get("LISTEN_FDS"))) {
            throw new IOException("LISTEN_FDS is " + environment.get("LISTEN_FDS") + ", but one socket is what is served");
        }
        if (!SocketCalls.isListening(FIRST_INHERITED)) {
            throw new IOException("descriptor " + FIRST_INHERITED + " is no unix socket that listens");
        }
        Fd fd = new Fd(FIRST_INHERITED);
        return Optional.of(new Listener(fd, fd.number(), null));
    }

    int number() {
        return number;
    }

    @Override
    public void close() {
        try {
            owner.close();
            if (path != null) {
                Files.deleteIfExists(path);
            }
        } catch (Exception e) {
            LOG.debug("listener: {}", e.toString());
        }
    }
}
