// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.Errno;
import java.io.IOException;

/** A bpf(2) or libbpf call that failed. The message says what was attempted and why it failed. */
public class BpfException extends IOException {
    private final int errno;

    public BpfException(String message) {
        this(message, 0, null);
    }

    /** @param errno positive errno of the failed call */
    public BpfException(String what, int errno) {
        this(what + ": " + describe(errno), errno, null);
    }

    BpfException(String message, int errno, Throwable cause) {
        super(message, cause);
        this.errno = errno;
    }

    /** Positive errno, or 0 where no system call was involved. */
    public int errno() {
        return errno;
    }

    /** For example {@code Operation not permitted (EPERM)}. */
    static String describe(int errno) {
        return Errno.describe(errno) + " (" + Errno.name(errno) + ")";
    }
}
