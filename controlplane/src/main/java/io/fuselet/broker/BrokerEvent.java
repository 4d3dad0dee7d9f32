// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Something that the broker has done.
 *
 * @param event {@code attached}, {@code detached} or {@code replaced}
 * @param uid for whom
 */
record BrokerEvent(@JsonProperty String time, @JsonProperty String event, @JsonProperty int connection, @JsonProperty long uid) {
    static BrokerEvent of(String event, int connection, Peer peer) {
        return new BrokerEvent(java.time.Instant.now().toString(), event, connection, Integer.toUnsignedLong(peer.uid()));
    }

    boolean visibleTo(Peer peer) {
        return peer.isOwner() || uid == Integer.toUnsignedLong(peer.uid());
    }
}
