// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import java.util.Locale;

/** Where POSIX and flock(2) locks are kept. */
enum Locks {
    /** By the kernel, for the mount: they hold against those who use the mount. */
    LOCAL,
    /** On the files below: they hold against those who use these directly, too. */
    REMOTE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
