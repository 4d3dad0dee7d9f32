// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** Decides what a connection is to be able to do. Called once in this order, on the thread that opens the session. */
public interface Negotiation {
    /**
     * The kernel's INIT request has been read and {@code reply} will be sent when this returns. What only works if it is
     * agreed on now is prepared here; nothing but the device descriptor exists of the connection yet.
     *
     * @param device descriptor of {@code /dev/fuse}, owned by the session
     */
    void offered(InitRequest request, InitReply reply, int device);

    /** The kernel has accepted the reply: the connection is in force, and no other request has been read yet. */
    default void accepted(Connection connection) {
    }
}
