// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Requests that the cache extension can serve. */
public enum CacheKind {
    LOOKUP(0, true),
    GETATTR(1, true),
    READLINK(2, false),
    STATFS(3, false),
    GETXATTR(4, false),
    LISTXATTR(5, false),
    ACCESS(6, false);

    private final int bit;
    private final boolean timed;

    CacheKind(int bit, boolean timed) {
        this.bit = bit;
        this.timed = timed;
    }

    /** Its bit of the extension's flags, {@code KIND_} in {@code bpf/cache.bpf.c}. */
    int flag() {
        return 1 << bit;
    }

    /** Whether a daemon's reply says how long it holds. */
    public boolean timed() {
        return timed;
    }

    public static Optional<CacheKind> byName(String name) {
        return Arrays.stream(values()).filter(kind -> kind.toString().equals(name)).findFirst();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
