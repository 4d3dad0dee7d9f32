// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.EventCalls;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.SocketCalls;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves methods on a listening socket until closed. One thread accepts; each connection has one, and their number is bounded. */
public final class RpcServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RpcServer.class);

    private final Listener listener;
    private final Limits limits;
    private final Map<String, RpcMethod> methods;
    private final Admission admission;
    private final Set<RpcConnection> connections = ConcurrentHashMap.newKeySet();
    private final Fd wake = new Fd(EventCalls.eventfd(0, EventCalls.EFD_NONBLOCK));
    private final Thread acceptor;
    private volatile boolean closing;

    private RpcServer(Listener listener, Limits limits, Map<String, RpcMethod> methods) {
        this.listener = listener;
        this.limits = limits;
        this.methods = methods;
        this.admission = new Admission(limits);
        this.acceptor = daemon("fuselet-accept", this::accept);
    }

    /** @param listener closed with the server */
    public static RpcServer start(Listener listener, Limits limits, Map<String, RpcMethod> methods) {
        RpcServer server = new RpcServer(listener, limits, methods);
        server.acceptor.start();
        return server;
    }

    /** Waits until {@link #close}, which may be called by any thread. */
    public void awaitEnd() throws InterruptedException {
        acceptor.join();
    }

    private void accept() {
        while (!closing) {
            EventCalls.pollIn(-1, listener.number(), wake.number());
            if (!closing) {
                acceptOne();
            }
        }
    }

    private void acceptOne() {
        Fd socket;
        try {
            socket = new Fd(SocketCalls.accept(listener.number()));
        } catch (ErrnoException e) {
            notAccepted(e);
            return;
        }
        try {
            serve(socket);
        } catch (ErrnoException e) {
            LOG.warn("a client was not served: {}", e.getMessage());
            socket.close();
        }
    }

    private void notAccepted(ErrnoException e) {
        switch (e.errno()) {
            case Errno.ECONNABORTED, Errno.EINTR, Errno.EAGAIN -> LOG.debug("a client is gone: {}", e.getMessage());
            case Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM -> {
                LOG.warn("no room for a client: {}", e.getMessage());
                awaitRoom();
            }
            default -> {
                LOG.error("no client can be accepted any more: {}", e.getMessage());
                closing = true;
            }
        }
    }

    private void serve(Fd socket) {
        Peer peer = Peer.of(socket.number());
        if (!admission.enter(peer)) {
            turnAway(socket, peer);
            return;
        }
        RpcConnection connection = new RpcConnection(socket, peer, limits, methods);
        connections.add(connection);
        if (closing) {
            connection.end();
        }
        daemon("fuselet-client", () -> run(connection)).start();
    }

    private void run(RpcConnection connection) {
        try {
            connection.run();
        } finally {
            connection.close();
            connections.remove(connection);
            admission.leave(connection.peer());
        }
    }

    /** A new socket's buffer has room for this, so that it cannot wait. */
    private static void turnAway(Fd socket, Peer peer) {
        LOG.debug("{} has too many connections", peer);
        try (socket) {
            RpcException reason = new RpcException(RpcException.TOO_MANY, "too many connections");
            RpcConnection.send(socket.number(), RpcConnection.message(null, "error", RpcConnection.error(reason)));
        } catch (ErrnoException e) {
            LOG.debug("client of {}: {}", peer, e.getMessage());
        }
    }

    /** As long as no descriptor comes free the listener would only be found ready again and again. */
    private void awaitRoom() {
        try {
            admission.awaitLeave();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Thread daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Ends all connections and waits until no thread is left that would accept. */
    @Override
    public void close() {
        closing = true;
        NativeBuffer one = NativeBuffer.allocate(Long.BYTES);
        one.bytes().putLong(0, 1);
        FileCalls.write(wake.number(), one.address(), Long.BYTES);
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connections.forEach(RpcConnection::end);
        listener.close();
        wake.close();
    }
}
