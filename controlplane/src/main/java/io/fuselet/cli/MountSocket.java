// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.BpfException;
import io.fuselet.broker.EventHub;
import io.fuselet.broker.FollowMethod;
import io.fuselet.broker.Limits;
import io.fuselet.broker.Listener;
import io.fuselet.broker.RpcCall;
import io.fuselet.broker.RpcException;
import io.fuselet.broker.RpcMethod;
import io.fuselet.broker.RpcServer;
import io.fuselet.broker.Sockets;
import io.fuselet.extension.PolicyMount;
import io.fuselet.extension.StackMount;
import io.fuselet.extension.StackMountOptions;
import io.fuselet.policy.PolicyException;
import io.fuselet.policy.PolicyReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the process of a mount can be asked, on a socket of its own: {@code status}, {@code events} and {@code replace}. */
final class MountSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MountSocket.class);

    private final StackMountOptions options;
    private final StackMount mount;
    private RpcServer server;

    private MountSocket(StackMountOptions options, StackMount mount) {
        this.options = options;
        this.mount = mount;
    }

    /** Without a place for it the mount works all the same, so that a failure is only logged. */
    static MountSocket open(StackMountOptions options, StackMount mount, EventHub events) {
        MountSocket socket = new MountSocket(options, mount);
        Path path = Sockets.ofMount(mount.connectionId());
        try {
            Sockets.makeDirectory();
            socket.server = RpcServer.start(Listener.bind(path, "rw-------"), Limits.MOUNT, socket.methods(events));
        } catch (IOException e) {
            LOG.warn("nobody can ask this mount on {}: {}", path, e.getMessage());
        }
        return socket;
    }

    private Map<String, RpcMethod> methods(EventHub events) {
        Map<String, RpcMethod> methods = new LinkedHashMap<>();
        methods.put("status", this::status);
        methods.put("events", new FollowMethod(events));
        methods.put("replace", this::replace);
        return methods;
    }

    private synchronized Object status(RpcCall call) throws IOException, RpcException {
        call.params().end();
        return Status.of(options, mount).toMap();
    }

    /** Another policy, or another object for the extension. */
    private synchronized Object replace(RpcCall call) throws RpcException {
        Optional<String> policy = call.params().text("policy");
        Optional<String> object = call.params().text("object");
        call.params().end();
        if (policy.isPresent() == object.isPresent()) {
            throw new RpcException(RpcException.INVALID_PARAMS, "give either policy or object");
        }
        return policy.isPresent() ? replacePolicy(policy.get()) : replaceObject(object.get());
    }

    private Object replacePolicy(String yaml) throws RpcException {
        PolicyMount policy = mount.policy().orElseThrow(() -> new RpcException(RpcException.NOT_FOUND, "not mounted under a policy"));
        try {
            policy.replace(PolicyReader.parse("policy", yaml));
            return Map.of("rules", policy.policy().rules().size());
        } catch (PolicyException e) {
            throw new RpcException(RpcException.INVALID_PARAMS, e.getMessage());
        } catch (BpfException e) {
            throw new RpcException(RpcException.REFUSED, e.getMessage());
        }
    }

    private Object replaceObject(String object) throws RpcException {
        try {
            mount.replaceExtension(Path.of(object));
            return Map.of("object", object);
        } catch (BpfException e) {
            throw new RpcException(RpcException.REFUSED, e.getMessage());
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
