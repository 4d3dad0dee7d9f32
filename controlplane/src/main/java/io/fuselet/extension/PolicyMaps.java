// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfMap;
import io.fuselet.policy.Identities;
import io.fuselet.policy.NodeFlagsMap;
import io.fuselet.sys.Errno;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The maps of {@code policy.bpf.c} in one composition, for one policy. */
final class PolicyMaps implements NodeFlagsMap {
    /** Name of the object. */
    static final String EXTENSION = "policy";
    static final String EVENTS = "events";
    static final String LOST = "lost";
    private static final Logger LOG = LoggerFactory.getLogger(PolicyMaps.class);

    private final BpfMap nodes;
    private final Runnable beforeChange;
    private boolean full;

    /** @param beforeChange run before a node gets another path or none */
    private PolicyMaps(BpfMap nodes, Runnable beforeChange) {
        this.nodes = nodes;
        this.beforeChange = beforeChange;
    }

    /** Tells the programs of a composition which callers there are. */
    static PolicyMaps of(Composition composition, Identities identities, Runnable beforeChange) throws BpfException {
        fill(composition.map(EXTENSION, "uids"), identities.uids(), identities.gids().size() + 1);
        fill(composition.map(EXTENSION, "gids"), identities.gids(), 1);
        return new PolicyMaps(composition.map(EXTENSION, "nodes"), beforeChange);
    }

    private static void fill(BpfMap map, List<Integer> ids, int factor) throws BpfException {
        for (int i = 0; i < ids.size(); i++) {
            map.update(BpfMap.u32(ids.get(i)), BpfMap.u32((i + 1) * factor));
        }
    }

    /** Where there is no room the old flags must not stay. */
    @Override
    public boolean put(long nodeId, byte[] flags) {
        try {
            nodes.update(BpfMap.u64(nodeId), Arrays.copyOf(flags, Identities.MOST));
            return true;
        } catch (BpfException e) {
            remove(nodeId);
            warn(e);
            return false;
        }
    }

    private void warn(BpfException e) {
        if (!full || e.errno() != Errno.E2BIG) {
            LOG.warn("programs are not told of a node, which is left to this process: {}", e.getMessage());
        }
        full |= e.errno() == Errno.E2BIG;
    }

    @Override
    public void remove(long nodeId) {
        try {
            nodes.delete(BpfMap.u64(nodeId));
        } catch (BpfException e) {
            LOG.warn("flags of a node that is gone stay: {}", e.getMessage());
        }
    }

    @Override
    public void beforeChange() {
        beforeChange.run();
    }
}
