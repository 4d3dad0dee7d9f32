// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

/** Keeps a node's descriptor open until closed, by whichever thread. */
final class Pin implements AutoCloseable {
    private final Descriptors descriptors;
    private final Node node;
    private final int fd;

    Pin(Descriptors descriptors, Node node, int fd) {
        this.descriptors = descriptors;
        this.node = node;
        this.fd = fd;
    }

    /** The O_PATH descriptor. */
    int fd() {
        return fd;
    }

    Node node() {
        return node;
    }

    @Override
    public void close() {
        descriptors.unpin(node);
    }
}
