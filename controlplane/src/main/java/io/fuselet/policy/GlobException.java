// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

/** A glob is wrong; the message says what and what to do. */
final class GlobException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int at;

    /** @param at index of the character that is wrong */
    GlobException(int at, String message) {
        super(message);
        this.at = at;
    }

    int at() {
        return at;
    }
}
