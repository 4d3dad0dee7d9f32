// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

/** Which object of the lower tree: unique among those that exist at one time. */
class ObjectKey {
    final long dev;
    final long ino;

    ObjectKey(long dev, long ino) {
        this.dev = dev;
        this.ino = ino;
    }

    @Override
    public final boolean equals(Object other) {
        return other instanceof ObjectKey key && key.ino == ino && key.dev == dev;
    }

    @Override
    public final int hashCode() {
        return Long.hashCode(ino * 31 + dev);
    }
}
