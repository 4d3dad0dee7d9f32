// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import java.util.Arrays;

/** One component of a {@link Glob}: bytes, {@code *} for any number of them, {@code ?} for one. Immutable. */
final class GlobName {
    static final int STAR = -1;
    static final int ANY_BYTE = -2;

    private final int[] tokens;

    /** @param tokens each a byte from 0 to 255, STAR or ANY_BYTE */
    GlobName(int... tokens) {
        this.tokens = tokens;
    }

    /** Whether all of the name matches. Takes the last star seen back by one byte at a time, which is enough. */
    boolean matches(byte[] name) {
        int token = 0;
        int at = 0;
        int star = -1;
        int starAt = 0;
        while (at < name.length) {
            if (token < tokens.length && tokens[token] == STAR) {
                star = token++;
                starAt = at;
            } else if (token < tokens.length && matches(tokens[token], name[at])) {
                token++;
                at++;
            } else if (star >= 0) {
                token = star + 1;
                at = ++starAt;
            } else {
                return false;
            }
        }
        while (token < tokens.length && tokens[token] == STAR) {
            token++;
        }
        return token == tokens.length;
    }

    private static boolean matches(int token, byte b) {
        return token == ANY_BYTE || token == (b & 0xff);
    }

    @Override
    public String toString() {
        return Arrays.toString(tokens);
    }
}
