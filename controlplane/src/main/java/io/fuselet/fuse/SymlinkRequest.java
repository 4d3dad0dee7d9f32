// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** SYMLINK: the new entry's name, then the target. */
public final class SymlinkRequest extends Request {
    private final Name name;
    private final Name target;

    SymlinkRequest(Exchange exchange) {
        super(exchange);
        name = new Name(frame, true);
        target = new Name(frame, false);
    }

    @Override
    boolean parse() {
        int end = argumentsEnd();
        int next = name.parse(HEADER_SIZE, end);
        return next > 0 && target.parse(next, end) > 0;
    }

    /** Name of the new entry of directory {@link #nodeId()}. */
    public Name name() {
        return name;
    }

    /** What the new symbolic link holds. */
    public Name target() {
        return target;
    }
}
