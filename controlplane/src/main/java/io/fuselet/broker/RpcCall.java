// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.Fd;
import java.util.List;

/** A call of a method: who calls, with what. Descriptors are closed when the method has returned. */
public final class RpcCall {
    private final Peer peer;
    private final Params params;
    private final List<Fd> descriptors;
    private EventQueue followed;

    RpcCall(Peer peer, Params params, List<Fd> descriptors) {
        this.peer = peer;
        this.params = params;
        this.descriptors = descriptors;
    }

    Peer peer() {
        return peer;
    }

    public Params params() {
        return params;
    }

    Fd descriptor(int index) {
        return descriptors.get(index);
    }

    void expectDescriptors(int number) throws RpcException {
        if (descriptors.size() != number) {
            throw new RpcException(RpcException.INVALID_PARAMS, descriptors.size() + " descriptors came, not " + number);
        }
    }

    /** From the answer on, the connection carries events and nothing else. */
    void follow(EventQueue events) {
        followed = events;
    }

    EventQueue followed() {
        return followed;
    }
}
