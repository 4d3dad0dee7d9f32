// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** MKDIR: {@code struct fuse_mkdir_in}, then the name. */
public final class MkdirRequest extends Request {
    static final int MODE = HEADER_SIZE;
    static final int UMASK = MODE + 4;
    static final int NAME = UMASK + 4;

    private final Name name;

    MkdirRequest(Exchange exchange) {
        super(exchange);
        name = new Name(frame, true);
    }

    @Override
    boolean parse() {
        return name.parse(NAME, argumentsEnd()) > 0;
    }

    /** Permission bits as for mkdir(2), umask applied unless {@link InitFlags#DONT_MASK} was accepted. */
    public int mode() {
        return u32(MODE);
    }

    /** The caller's umask. */
    public int umask() {
        return u32(UMASK);
    }

    /** Name of the new entry of directory {@link #nodeId()}. */
    public Name name() {
        return name;
    }
}
