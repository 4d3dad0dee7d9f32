// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** LOOKUP, UNLINK, RMDIR and REMOVEXATTR: a name, and nothing else. */
public final class NameRequest extends Request {
    private final Name name;

    NameRequest(Exchange exchange, boolean component) {
        super(exchange);
        name = new Name(frame, component);
    }

    @Override
    boolean parse() {
        return name.parse(HEADER_SIZE, argumentsEnd()) > 0;
    }

    /** Name of the entry of directory {@link #nodeId()}; of the attribute for REMOVEXATTR. */
    public Name name() {
        return name;
    }
}
