// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A node that the kernel knows, with the names under which it was answered. All but the volatile fields is guarded by its table. */
final class KnownNode {
    final long id;
    final boolean directory;
    final Set<Link> links = new LinkedHashSet<>();
    final Map<ByteBuffer, KnownNode> children = new HashMap<>();
    long lookups;
    /** Where it was last, for one that has lost all its names. */
    List<TreePath> lastPaths = List.of();

    /** {@link NodeFlags} for each identity class, the strictest of all its paths; replaced, never changed. */
    volatile byte[] flags;
    /** Whether programs know it. */
    volatile boolean inKernel;

    KnownNode(long id, boolean directory) {
        this.id = id;
        this.directory = directory;
    }

    /** A name, as the key of {@link #children}. */
    record Link(KnownNode parent, ByteBuffer name) {
        static Link of(KnownNode parent, byte[] name) {
            return new Link(parent, ByteBuffer.wrap(name));
        }

        byte[] bytes() {
            return name.array();
        }
    }

    /** Whether all callers have the same rights, so that the kernel may keep the name for all of them. */
    boolean isAlikeForAll() {
        byte[] all = flags;
        for (byte each : all) {
            if (((each ^ all[0]) & NodeFlags.RIGHTS) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return "node " + id;
    }
}
