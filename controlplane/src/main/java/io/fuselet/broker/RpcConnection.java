// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import com.fasterxml.jackson.databind.JsonNode;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.EventCalls;
import io.fuselet.sys.Fd;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.SocketCalls;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client, served by one thread from its first message to its last. */
final class RpcConnection implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(RpcConnection.class);
    private static final long FOLLOW_MILLIS = 200;

    private final Fd socket;
    private final Peer peer;
    private final Limits limits;
    private final Map<String, RpcMethod> methods;

    RpcConnection(Fd socket, Peer peer, Limits limits, Map<String, RpcMethod> methods) {
        this.socket = socket;
        this.peer = peer;
        this.limits = limits;
        this.methods = methods;
    }

    Peer peer() {
        return peer;
    }

    @Override
    public void run() {
        try {
            SocketCalls.sendTimeout(socket.number(), limits.send().toMillis());
            serve();
        } catch (LineException e) {
            refuse(e.getMessage());
        } catch (ErrnoException e) {
            LOG.debug("client of {}: {}", peer, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the connection from another thread: its own is woken, and gives it up. */
    synchronized void end() {
        if (socket.isOpen()) {
            SocketCalls.shutdown(socket.number());
        }
    }

    synchronized void close() {
        socket.close();
    }

    private void serve() throws LineException, InterruptedException {
        LineReader reader = new LineReader(socket.number(), limits);
        EventQueue followed = null;
        while (followed == null) {
            try (Line line = reader.next()) {
                if (line == null) {
                    return;
                }
                followed = answer(line);
            }
        }
        try (EventQueue events = followed) {
            follow(events);
        }
    }

    /** @return events to send from now on, null for none */
    private EventQueue answer(Line line) {
        JsonNode id = null;
        boolean silent = false;
        try {
            RpcRequest request = RpcRequest.of(Json.parse(line.bytes()));
            id = request.id();
            silent = id == null;
            RpcCall call = new RpcCall(peer, request.params(), line.descriptors());
            Object result = call(request, call);
            if (!silent) {
                send(message(id, "result", result));
            }
            return call.followed();
        } catch (RpcException e) {
            if (!silent) {
                send(message(id, "error", error(e)));
            }
            return null;
        }
    }

    private Object call(RpcRequest request, RpcCall call) throws RpcException {
        RpcMethod method = methods.get(request.method());
        if (method == null) {
            throw new RpcException(RpcException.METHOD_NOT_FOUND, "no method " + request.method() + ", only " + String.join(", ", methods.keySet()));
        }
        if (!method.takesDescriptors()) {
            call.expectDescriptors(0);
        }
        try {
            return method.call(call);
        } catch (RpcException e) {
            throw e;
        } catch (Exception e) {
            LOG.warn("{} for {} failed", request.method(), peer, e);
            throw new RpcException(RpcException.INTERNAL_ERROR, "internal error; see the log of the server");
        }
    }

    private void follow(EventQueue events) throws InterruptedException {
        while (EventCalls.pollIn(0, socket.number())[0] == 0) {
            Object event = events.poll(FOLLOW_MILLIS);
            if (event != null) {
                send(notification("event", event));
            }
            long lost = events.takeLost();
            if (lost > 0) {
                send(notification("lost", Map.of("events", lost)));
            }
        }
    }

    private void refuse(String reason) {
        try {
            send(message(null, "error", error(new RpcException(RpcException.INVALID_REQUEST, reason))));
        } catch (ErrnoException e) {
            LOG.debug("client of {}: {}", peer, e.getMessage());
        }
    }

    private void send(Map<String, Object> message) {
        send(socket.number(), message);
    }

    /** @throws ErrnoException EAGAIN if the other side does not read */
    static void send(int socket, Map<String, Object> message) {
        byte[] bytes = (Json.line(message) + "\n").getBytes(StandardCharsets.UTF_8);
        NativeBuffer buffer = NativeBuffer.copyOf(bytes);
        for (int sent = 0; sent < bytes.length; ) {
            sent += SocketCalls.send(socket, buffer.address() + sent, bytes.length - sent);
        }
        java.lang.ref.Reference.reachabilityFence(buffer);
    }

    private static Map<String, Object> notification(String method, Object params) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("jsonrpc", "2.0");
        message.put("method", method);
        message.put("params", params);
        return message;
    }

    static Map<String, Object> message(JsonNode id, String kind, Object content) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("jsonrpc", "2.0");
        message.put("id", id);
        message.put(kind, content);
        return message;
    }

    static Map<String, Object> error(RpcException e) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", e.code());
        error.put("message", e.getMessage());
        return error;
    }
}
