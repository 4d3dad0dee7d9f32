// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

/** Something that the user can put right: the message is one line, "what is wrong; what to do". */
final class UserError extends Exception {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    UserError(int exitCode, String message) {
        super(message, null, false, false);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
