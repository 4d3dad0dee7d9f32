// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** CREATE and TMPFILE: {@code struct fuse_create_in}, then a name (which for TMPFILE means nothing). */
public final class CreateRequest extends Request {
    static final int FLAGS = HEADER_SIZE;
    static final int MODE = FLAGS + 4;
    static final int UMASK = MODE + 4;
    static final int OPEN_FLAGS = UMASK + 4;
    static final int NAME = OPEN_FLAGS + 4;

    private final Name name;

    CreateRequest(Exchange exchange) {
        super(exchange);
        name = new Name(frame, true);
    }

    @Override
    boolean parse() {
        // the nameless dentry of O_TMPFILE is called "/" (slash_name, fs/dcache.c)
        return opcode() == Opcode.TMPFILE ? argumentsEnd() > NAME : name.parse(NAME, argumentsEnd()) > 0;
    }

    /** Flags of open(2); O_EXCL and O_TRUNC are the caller's. */
    public int flags() {
        return u32(FLAGS);
    }

    /** Type and permission bits, umask applied unless {@link InitFlags#DONT_MASK} was accepted. */
    public int mode() {
        return u32(MODE);
    }

    /** The caller's umask. */
    public int umask() {
        return u32(UMASK);
    }

    /** {@link OpenRequest#KILL_SUIDGID} or 0. */
    public int openFlags() {
        return u32(OPEN_FLAGS);
    }

    /** Name of the new entry of directory {@link #nodeId()}; CREATE only. */
    public Name name() {
        return name;
    }
}
