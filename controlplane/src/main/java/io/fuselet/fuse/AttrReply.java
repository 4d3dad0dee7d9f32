// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_attr_out}: answer to GETATTR and SETATTR. */
public final class AttrReply extends Reply {
    static final int ATTR_VALID = HEADER_SIZE;
    static final int ATTR_VALID_NSEC = ATTR_VALID + 8;
    static final int ATTR = ATTR_VALID_NSEC + 8;
    static final int SIZE = ATTR - HEADER_SIZE + Attributes.SIZE;

    private final Attributes attributes;

    AttrReply(Exchange exchange) {
        super(exchange);
        attributes = new Attributes(frame, ATTR);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
    }

    /** How long the attributes may be believed, in nanoseconds. */
    public AttrReply attrTimeout(long nanos) {
        Timeout.put(frame, ATTR_VALID, ATTR_VALID_NSEC, nanos);
        return this;
    }

    /** Attributes of the node, after the change if it was one. */
    public Attributes attr() {
        return attributes;
    }
}
