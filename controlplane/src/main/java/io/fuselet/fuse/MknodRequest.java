// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** MKNOD: {@code struct fuse_mknod_in}, then the name. */
public final class MknodRequest extends Request {
    static final int MODE = HEADER_SIZE;
    static final int RDEV = MODE + 4;
    static final int UMASK = RDEV + 4;
    static final int NAME = UMASK + 8;

    private final Name name;

    MknodRequest(Exchange exchange) {
        super(exchange);
        name = new Name(frame, true);
    }

    @Override
    boolean parse() {
        return name.parse(NAME, argumentsEnd()) > 0;
    }

    /** Type and permission bits as for mknod(2), umask applied unless {@link InitFlags#DONT_MASK} was accepted. */
    public int mode() {
        return u32(MODE);
    }

    /** Device number of a special file, in the kernel's 32-bit form, which is how glibc's {@code dev_t} begins. */
    public int rdev() {
        return u32(RDEV);
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
