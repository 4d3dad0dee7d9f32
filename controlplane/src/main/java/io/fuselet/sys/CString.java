// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import java.nio.charset.Charset;
import java.util.Arrays;

/** NUL-terminated byte strings. A Linux file name is bytes, in no particular encoding. */
public final class CString {
    /** The empty name, which with {@code AT_EMPTY_PATH} means the descriptor itself. */
    public static final byte[] EMPTY = {0};

    /** In which the JVM decodes its command line and its file names. */
    private static final Charset NATIVE = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private CString() {}

    /**
     * A copy with a NUL appended.
     *
     * @throws IllegalArgumentException if the bytes contain a NUL
     */
    public static byte[] of(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                throw new IllegalArgumentException("a name must not contain NUL");
            }
        }
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /** The string as the JVM would hand it to the system, with a NUL appended; null stays null. */
    public static byte[] of(String string) {
        return string == null ? null : of(string.getBytes(NATIVE));
    }

    /** The bytes before the NUL, decoded for display. */
    public static String display(byte[] terminated) {
        int end = 0;
        while (end < terminated.length && terminated[end] != 0) {
            end++;
        }
        return new String(terminated, 0, end, NATIVE);
    }
}
