// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.Feature;
import io.fuselet.extension.Pins;
import io.fuselet.extension.Replacement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What the broker does. It keeps no state: what is attached, and for whom, is in the bpf file system, so that a broker that is started
 * again finds it.
 */
public final class BrokerMethods {
    private final Path objects;
    private final EventHub events = new EventHub();
    private final List<Feature> features = Machine.features();

    private BrokerMethods(Path objects) {
        this.objects = objects;
    }

    /**
     * @param objects directory of the shipped eBPF objects
     * @param launcher the command to start mounts with
     */
    public static Map<String, RpcMethod> of(Path objects, Path launcher, Quota quota) {
        BrokerMethods broker = new BrokerMethods(objects);
        MountMethods mounts = new MountMethods(launcher);
        Map<String, RpcMethod> methods = new LinkedHashMap<>();
        methods.put("probe", broker::probe);
        methods.put("attach", new AttachMethod(objects, quota, broker.events));
        methods.put("detach", broker::detach);
        methods.put("replace", broker::replace);
        methods.put("status", broker::status);
        methods.put("events", new FollowMethod(broker.events, (peer, event) -> ((BrokerEvent) event).visibleTo(peer)));
        methods.put("mount", mounts::mount);
        methods.put("umount", mounts::umount);
        return methods;
    }

    private Object probe(RpcCall call) throws RpcException {
        call.params().end();
        return Machine.describe(features);
    }

    private synchronized Object detach(RpcCall call) throws RpcException, IOException {
        Pins pins = theirs(call);
        pins.detach();
        events.publish(BrokerEvent.of("detached", pins.connection(), call.peer()));
        return Map.of("connection", pins.connection());
    }

    /** The shipped objects anew, under load: after an upgrade of this package. */
    private synchronized Object replace(RpcCall call) throws RpcException, IOException {
        Pins pins = theirs(call);
        try {
            Replacement.of(pins, objects, objects.resolve(pins.extension() + ".bpf.o"));
        } catch (BpfException e) {
            throw AttachMethod.refusal(e);
        }
        events.publish(BrokerEvent.of("replaced", pins.connection(), call.peer()));
        return Map.of("connection", pins.connection());
    }

    private Object status(RpcCall call) throws RpcException, IOException {
        OptionalLong connection = call.params().integer("connection");
        call.params().end();
        List<Object> attachments = new ArrayList<>();
        for (Pins pins : Pins.living()) {
            if (isTheirs(pins, call.peer()) && (connection.isEmpty() || connection.getAsLong() == pins.connection())) {
                attachments.add(AttachmentStatus.read(pins).toMap());
            }
        }
        if (connection.isPresent() && attachments.isEmpty()) {
            throw notFound(connection.getAsLong());
        }
        return Map.of("attachments", attachments);
    }

    /** Somebody else's is told from none by nobody. */
    private static Pins theirs(RpcCall call) throws RpcException, IOException {
        OptionalLong connection = call.params().integer("connection");
        call.params().end();
        if (connection.isEmpty()) {
            throw Params.invalid("connection is missing");
        }
        for (Pins pins : Pins.living()) {
            if (pins.connection() == connection.getAsLong() && isTheirs(pins, call.peer())) {
                return pins;
            }
        }
        throw notFound(connection.getAsLong());
    }

    private static boolean isTheirs(Pins pins, Peer peer) throws IOException {
        return peer.isOwner() || pins.owner() == peer.uid();
    }

    private static RpcException notFound(long connection) {
        return new RpcException(RpcException.NOT_FOUND, "nothing of yours is attached to connection " + connection);
    }
}
