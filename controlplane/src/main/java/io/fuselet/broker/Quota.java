// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.extension.Pins;
import java.io.IOException;

/**
 * What one user may have attached at a time. Who runs the broker, and root, have no limit.
 *
 * @param attachments number of them
 * @param memory bytes that their caches may take together
 */
public record Quota(int attachments, long memory) {
    public static final Quota DEFAULT = new Quota(16, 256L << 20);

    /** @throws RpcException if one more of that size is too much */
    void check(Peer peer, long more) throws IOException, RpcException {
        if (peer.isOwner()) {
            return;
        }
        int number = 0;
        long bytes = more;
        for (Pins pins : Pins.living()) {
            if (pins.owner() == peer.uid()) {
                number++;
                bytes += pins.memory();
            }
        }
        if (number >= attachments) {
            throw new RpcException(RpcException.TOO_MANY, peer + " has " + number + " attachments, and may have " + attachments);
        }
        if (bytes > memory) {
            throw new RpcException(RpcException.TOO_MANY, "the caches of " + peer + " would take " + bytes + " bytes, and may take " + memory);
        }
    }
}
