// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import java.util.Locale;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/** The loaded C library, and the check that turns its results into {@link ErrnoException}s. */
final class Native {
    static final LibC LIBC;
    static final Runtime RUNTIME;

    static {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        if (!arch.equals("amd64") && !arch.equals("x86_64")) {
            throw new UnsupportedOperationException(
                    "Fuselet knows the system call interface of x86_64 only, this JVM runs on " + arch);
        }
        LIBC = LibraryLoader.create(LibC.class).load("libc.so.6");
        RUNTIME = Runtime.getRuntime(LIBC);
    }

    private Native() {}

    static int check(String call, int result) {
        if (result < 0) {
            throw new ErrnoException(call, RUNTIME.getLastError());
        }
        return result;
    }

    static long check(String call, long result) {
        if (result < 0) {
            throw new ErrnoException(call, RUNTIME.getLastError());
        }
        return result;
    }

    /** For calls that return the error number itself (posix_spawn and kin). */
    static void checkReturned(String call, int error) {
        if (error != 0) {
            throw new ErrnoException(call, error);
        }
    }
}
