// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** GETXATTR and LISTXATTR: {@code struct fuse_getxattr_in}, then for GETXATTR the name. */
public final class GetXattrRequest extends Request {
    static final int SIZE_AT = HEADER_SIZE;
    static final int NAME = SIZE_AT + 8;

    private final Name name;

    GetXattrRequest(Exchange exchange) {
        super(exchange);
        name = new Name(frame, false);
    }

    @Override
    boolean parse() {
        if (argumentsEnd() < NAME || size() < 0) {
            return false;
        }
        return opcode() == Opcode.LISTXATTR || name.parse(NAME, argumentsEnd()) > 0 && name.length() > 0;
    }

    /** Room of the caller in bytes; 0 asks for the size alone. */
    public int size() {
        return u32(SIZE_AT);
    }

    /** Name of the attribute, with its prefix; GETXATTR only. */
    public Name name() {
        return name;
    }
}
