// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.SocketCalls;
import java.util.Arrays;
import java.util.List;

/**
 * Who connected, by the kernel's word (SO_PEERCRED, SO_PEERGROUPS). The process id is left out: it is 0 across containers, and it is used
 * again.
 *
 * @param groups supplementary groups
 */
record Peer(int uid, int gid, List<Integer> groups) {
    static Peer of(int socket) {
        SocketCalls.Peer peer = SocketCalls.peer(socket);
        return new Peer(peer.uid(), peer.gid(), Arrays.stream(SocketCalls.peerGroups(socket)).boxed().toList());
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
