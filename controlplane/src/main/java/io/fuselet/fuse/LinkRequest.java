// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** LINK: {@code struct fuse_link_in}, then the new name. */
public final class LinkRequest extends Request {
    static final int OLDNODEID = HEADER_SIZE;
    static final int NAME = OLDNODEID + 8;

    private final Name name;

    LinkRequest(Exchange exchange) {
        super(exchange);
        name = new Name(frame, true);
    }

    @Override
    boolean parse() {
        return name.parse(NAME, argumentsEnd()) > 0;
    }

    /** The node that gets another name. */
    public long target() {
        return u64(OLDNODEID);
    }

    /** The name it gets, in directory {@link #nodeId()}. */
    public Name name() {
        return name;
    }
}
