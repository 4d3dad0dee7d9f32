// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

/** Where programs in the kernel find the flags of nodes. Called under a lock. */
public interface NodeFlagsMap {
    /** For a mount without programs. */
    NodeFlagsMap NONE = new NodeFlagsMap() {
        @Override
        public boolean put(long nodeId, byte[] flags) {
            return false;
        }

        @Override
        public void remove(long nodeId) {
        }

        @Override
        public void beforeChange() {
        }
    };

    /**
     * @param flags {@link NodeFlags} for each identity class
     * @return whether programs decide about the node from now on; those that they do not know are left to the file system
     */
    boolean put(long nodeId, byte[] flags);

    /** The kernel has forgotten the node. */
    void remove(long nodeId);

    /** Paths are about to change: what programs have told of nodes is about their present ones. */
    void beforeChange();
}
