// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** ACCESS: {@code struct fuse_access_in}. Sent only without the mount option {@code default_permissions}. */
public final class AccessRequest extends Request {
    static final int MASK = HEADER_SIZE;
    static final int SIZE = MASK + 8;

    AccessRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= SIZE;
    }

    /** {@code R_OK}, {@code W_OK}, {@code X_OK} of access(2), combined. */
    public int mask() {
        return u32(MASK);
    }
}
