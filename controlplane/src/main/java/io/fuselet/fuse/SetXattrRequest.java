// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * SETXATTR: {@code struct fuse_setxattr_in}, of 16 bytes if {@link InitFlags#SETXATTR_EXT} was accepted and 8 if not
 * ({@code FUSE_COMPAT_SETXATTR_IN_SIZE}), then the name, then the value.
 */
public final class SetXattrRequest extends Request {
    /** {@code FUSE_SETXATTR_ACL_KILL_SGID}: the set-group-id bit goes with a new access ACL. */
    public static final int ACL_KILL_SGID = 1;

    static final int SIZE_AT = HEADER_SIZE;
    static final int FLAGS = SIZE_AT + 4;
    static final int COMPAT_NAME = FLAGS + 4;
    static final int SETXATTR_FLAGS = FLAGS + 4;
    static final int NAME = SETXATTR_FLAGS + 8;

    private final Name name;
    private int value;

    SetXattrRequest(Exchange exchange) {
        super(exchange);
        name = new Name(frame, false);
    }

    @Override
    boolean parse() {
        int end = argumentsEnd();
        value = name.parse(extended() ? NAME : COMPAT_NAME, end);
        return value > 0 && name.length() > 0 && size() >= 0 && size() <= end - value;
    }

    private boolean extended() {
        return exchange.connection.has(InitFlags.SETXATTR_EXT);
    }

    /** Name of the attribute, with its prefix. */
    public Name name() {
        return name;
    }

    /** Bytes of the value. */
    public int size() {
        return u32(SIZE_AT);
    }

    /** {@code XATTR_CREATE}, {@code XATTR_REPLACE} of setxattr(2), or 0. */
    public int flags() {
        return u32(FLAGS);
    }

    /** {@link #ACL_KILL_SGID} or 0. */
    public int setxattrFlags() {
        return extended() ? u32(SETXATTR_FLAGS) : 0;
    }

    /** Address of the {@link #size()} bytes of the value. */
    public long valueAddress() {
        return frame.address + value;
    }

    /** A copy of the value. */
    public byte[] valueToByteArray() {
        byte[] copy = new byte[size()];
        frame.bytes.get(value, copy);
        return copy;
    }
}
