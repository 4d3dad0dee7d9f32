// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * {@code struct fuse_entry_out}: the node behind a name, which the kernel then knows until as many {@code forget}s as answers.
 *
 * <p>As the answer to LOOKUP, node id 0 with an entry timeout says that there is no such name, and may be cached. In a
 * READDIRPLUS entry, node id 0 says nothing at all.
 */
public final class EntryReply extends Reply {
    static final int NODEID = 0;
    static final int GENERATION = NODEID + 8;
    static final int ENTRY_VALID = GENERATION + 8;
    static final int ATTR_VALID = ENTRY_VALID + 8;
    static final int ENTRY_VALID_NSEC = ATTR_VALID + 8;
    static final int ATTR_VALID_NSEC = ENTRY_VALID_NSEC + 4;
    static final int ATTR = ATTR_VALID_NSEC + 4;
    static final int SIZE = ATTR + Attributes.SIZE;

    private final Attributes attributes;
    private int base;

    EntryReply(Exchange exchange) {
        super(exchange);
        attributes = new Attributes(frame, HEADER_SIZE + ATTR);
        base = HEADER_SIZE;
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    void moveTo(int offset) {
        base = offset;
        attributes.moveTo(offset + ATTR);
    }

    /** Node id, never 0 for an existing node; {@link Request#ROOT_ID} only for the root itself. */
    public EntryReply nodeId(long nodeId) {
        frame.bytes.putLong(base + NODEID, nodeId);
        return this;
    }

    /** With the node id unique as long as the file system lives. */
    public EntryReply generation(long generation) {
        frame.bytes.putLong(base + GENERATION, generation);
        return this;
    }

    /** How long the name may be taken to mean this node, in nanoseconds. */
    public EntryReply entryTimeout(long nanos) {
        Timeout.put(frame, base + ENTRY_VALID, base + ENTRY_VALID_NSEC, nanos);
        return this;
    }

    /** How long the attributes may be believed, in nanoseconds. */
    public EntryReply attrTimeout(long nanos) {
        Timeout.put(frame, base + ATTR_VALID, base + ATTR_VALID_NSEC, nanos);
        return this;
    }

    /** Attributes of the node. */
    public Attributes attr() {
        return attributes;
    }

    /** The node id set so far. */
    public long nodeId() {
        return frame.bytes.getLong(base + NODEID);
    }
}
