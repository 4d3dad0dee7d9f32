// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** Answer to CREATE and TMPFILE: {@code struct fuse_entry_out}, then {@code struct fuse_open_out}. */
public final class CreateReply extends Reply {
    private final EntryReply entry;
    private final OpenReply open;

    CreateReply(Exchange exchange) {
        super(exchange);
        entry = new EntryReply(exchange);
        open = new OpenReply(exchange, EntryReply.SIZE);
    }

    @Override
    void begin() {
        beginFixed(EntryReply.SIZE + OpenReply.SIZE);
    }

    /** The new node. */
    public EntryReply entry() {
        return entry;
    }

    /** Its open handle. */
    public OpenReply open() {
        return open;
    }
}
