// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

/** Exit codes of all commands, as {@code fuselet --help} lists them. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int ENVIRONMENT = 3;
    static final int REFUSED = 4;
    static final int OBJECT = 5;
    static final int ABORTED = 6;

    private ExitCode() {}
}
