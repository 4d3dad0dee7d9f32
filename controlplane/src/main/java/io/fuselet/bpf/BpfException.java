// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.io.IOException;
import jnr.constants.platform.Errno;

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

    public boolean is(Errno code) {
        return errno == code.intValue();
    }

    /** For example {@code EPERM (Operation not permitted)}. */
    static String describe(int errno) {
        Errno code = Errno.valueOf(errno);
        return code == Errno.__UNKNOWN_CONSTANT__ ? "errno " + errno : code.name() + " (" + code.description() + ")";
    }
}
