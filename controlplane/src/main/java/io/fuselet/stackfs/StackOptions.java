// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

/**
 * How a tree is served.
 *
 * @param entryTimeoutNanos how long the kernel may take a name for its node without asking
 * @param attrTimeoutNanos how long it may take attributes for granted without asking
 * @param remoteLocks whether POSIX and flock(2) locks are taken on the files below, so that they hold against
 *     processes that use those directly; otherwise the kernel keeps them for the mount
 * @param openNodes how many nodes may hold a descriptor at a time; 0 derives it from RLIMIT_NOFILE
 */
public record StackOptions(long entryTimeoutNanos, long attrTimeoutNanos, boolean remoteLocks, int openNodes) {
    private static final long SECOND = 1_000_000_000L;

    /** Timeouts of a second, locks kept by the kernel. */
    public static final StackOptions DEFAULT = new StackOptions(SECOND, SECOND, false, 0);

    public StackOptions {
        if (entryTimeoutNanos < 0 || attrTimeoutNanos < 0 || openNodes < 0) {
            throw new IllegalArgumentException("a timeout or a number of descriptors below 0");
        }
    }

    public StackOptions withTimeouts(double entrySeconds, double attrSeconds) {
        return new StackOptions((long) (entrySeconds * SECOND), (long) (attrSeconds * SECOND), remoteLocks, openNodes);
    }

    public StackOptions withRemoteLocks(boolean remote) {
        return new StackOptions(entryTimeoutNanos, attrTimeoutNanos, remote, openNodes);
    }

    public StackOptions withOpenNodes(int limit) {
        return new StackOptions(entryTimeoutNanos, attrTimeoutNanos, remoteLocks, limit);
    }
}
