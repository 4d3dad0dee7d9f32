// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.SocketCalls;

/** Who connected, by the kernel's word (SO_PEERCRED). The process id is left out: it is 0 across containers, and it is used again. */
record Peer(int uid, int gid) {
    static Peer of(int socket) {
        SocketCalls.Peer peer = SocketCalls.peer(socket);
        return new Peer(peer.uid(), peer.gid());
    }

    /** Whether it is root, or the user that this process runs as. */
    boolean isOwner() {
        return uid == 0 || uid == ProcessCalls.geteuid();
    }

    @Override
    public String toString() {
        return "uid " + Integer.toUnsignedString(uid);
    }
}
