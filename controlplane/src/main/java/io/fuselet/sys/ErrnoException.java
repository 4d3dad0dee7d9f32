// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

/**
 * A system call failed. Carries no stack trace unless the JVM runs with {@code -Dfuselet.sys.traces=true}: a file
 * system answers many requests with an error, and a trace costs more than the call.
 */
public final class ErrnoException extends RuntimeException {
    private static final boolean TRACES = Boolean.getBoolean("fuselet.sys.traces");

    private final String call;
    private final int errno;

    /**
     * @param call name of the call, as in its manual page
     * @param errno positive error number, see {@link Errno}
     */
    public ErrnoException(String call, int errno) {
        super(null, null, false, TRACES);
        this.call = call;
        this.errno = errno;
    }

    /** Name of the call that failed. */
    public String call() {
        return call;
    }

    /** The positive error number. */
    public int errno() {
        return errno;
    }

    @Override
    public String getMessage() {
        return call + ": " + Errno.describe(errno) + " (" + Errno.name(errno) + ")";
    }
}
