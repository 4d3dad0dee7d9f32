// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import java.util.HashMap;
import java.util.Map;

/** How many connections each user has, and all strangers together. */
final class Admission {
    private final Limits limits;
    private final Map<Integer, Integer> byUid = new HashMap<>();
    private int strangers;

    Admission(Limits limits) {
        this.limits = limits;
    }

    /** Counts a connection in; false if there are too many, and then it is not counted. */
    synchronized boolean enter(Peer peer) {
        boolean full = byUid.getOrDefault(peer.uid(), 0) >= limits.connectionsPerUid() || !peer.isOwner() && strangers >= limits.connections();
        if (full) {
            return false;
        }
        byUid.merge(peer.uid(), 1, Integer::sum);
        strangers += peer.isOwner() ? 0 : 1;
        return true;
    }

    synchronized void leave(Peer peer) {
        byUid.computeIfPresent(peer.uid(), (uid, count) -> count == 1 ? null : count - 1);
        strangers -= peer.isOwner() ? 0 : 1;
        notifyAll();
    }

    /** Waits until a connection has ended, but not longer than a second. */
    synchronized void awaitLeave() throws InterruptedException {
        wait(1000);
    }
}
