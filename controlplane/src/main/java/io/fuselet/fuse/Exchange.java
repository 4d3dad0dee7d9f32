// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** The memory of one thread's request and reply, and what every view of them shares. */
final class Exchange {
    final Connection connection;
    final Frame in;
    final Frame out;
    /** Whether a predecessor may have served the request already. */
    boolean repeated;
    final Interruption interruption = new Interruption();

    /**
     * @param requestCapacity bytes of the largest request
     * @param replyCapacity bytes of the largest reply
     */
    Exchange(Connection connection, int requestCapacity, int replyCapacity) {
        this.connection = connection;
        in = new Frame(requestCapacity, WriteRequest.DATA);
        out = new Frame(replyCapacity, Reply.HEADER_SIZE);
    }
}
