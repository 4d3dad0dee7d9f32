// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.util.Locale;

/** Rungs of the ladder, lowest first: how many of a mount's requests still wake the daemon. */
public enum Tier {
    /** Every request goes to the daemon. */
    PLAIN,
    /** Reads, writes and mappings of open files go to the lower file (FUSE_PASSTHROUGH, Linux 6.9 and later). */
    PASSTHROUGH,
    /** Programs in the kernel answer what has a lower equivalent (FUSE_BPF). */
    EXTENSION;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
