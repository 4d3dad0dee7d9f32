// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import io.fuselet.sys.Errno;

/**
 * What a policy says of a node to one identity class, in a byte. {@code bpf/include/fuselet/policy.h} has the same numbers; a test
 * compares them. More bits are stricter, so that the strictest of several is their union.
 */
public final class NodeFlags {
    public static final int DENY_READ = 1;
    public static final int DENY_WRITE = 1 << 1;
    public static final int HIDE = 1 << 2;
    public static final int AUDIT = 1 << 3;
    /** A rule may hide a name directly in this directory, so that its listing has to be looked through. */
    public static final int HIDES_NAMES = 1 << 4;
    /** A rule may refuse to remove a name directly in this directory, or want to be told. */
    public static final int GUARDS_NAMES = 1 << 5;

    /** What says who may do what with the node itself. */
    static final int RIGHTS = DENY_READ | DENY_WRITE | HIDE;
    /** What is of use for directories only. */
    static final int NAMES = HIDES_NAMES | GUARDS_NAMES;

    private NodeFlags() {}

    /** Whether the callers of each class have the same rights by both. */
    static boolean haveSameRights(byte[] one, byte[] other) {
        for (int i = 0; i < one.length; i++) {
            if (((one[i] ^ other[i]) & RIGHTS) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The error with which an operation is refused that needs the rights {@code needed}, 0 if it is not. */
    public static int refusal(int flags, int needed) {
        if ((flags & HIDE) != 0) {
            return Errno.ENOENT;
        }
        if ((flags & needed) == 0) {
            return 0;
        }
        return (flags & DENY_READ) != 0 ? Errno.EACCES : Errno.EROFS;
    }
}
