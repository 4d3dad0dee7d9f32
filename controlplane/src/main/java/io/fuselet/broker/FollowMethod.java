// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import java.util.Map;
import java.util.function.BiPredicate;

/** {@code events}: the connection carries events from the answer on, each a notification {@code event}. */
public final class FollowMethod implements RpcMethod {
    private final EventHub hub;
    private final BiPredicate<Peer, Object> visible;

    /** Everybody who may connect sees all of them. */
    public FollowMethod(EventHub hub) {
        this(hub, (peer, event) -> true);
    }

    FollowMethod(EventHub hub, BiPredicate<Peer, Object> visible) {
        this.hub = hub;
        this.visible = visible;
    }

    @Override
    public Object call(RpcCall call) throws RpcException {
        call.params().end();
        Peer peer = call.peer();
        call.follow(hub.follow(event -> visible.test(peer, event)));
        return Map.of("following", true);
    }
}
