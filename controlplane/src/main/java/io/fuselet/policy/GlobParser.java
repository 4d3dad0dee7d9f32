// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads a {@link Glob}, once. What would silently mean something else than its author thinks is an error. */
final class GlobParser {
    /** One bit of a long for each component, and one for what has matched. */
    private static final int MOST_COMPONENTS = 63;

    private final String text;
    private final List<GlobName> components = new ArrayList<>();
    private int at;

    GlobParser(String text) {
        this.text = text;
    }

    /** The components, null for {@code **}; none for the root. */
    List<GlobName> parse() throws GlobException {
        if (text.isEmpty() || text.charAt(0) != '/') {
            throw new GlobException(0, "a path begins with '/', which stands for the root of the mount; write '/**/NAME' for a NAME anywhere");
        }
        at = 1;
        while (at < text.length()) {
            if (components.size() == MOST_COMPONENTS) {
                throw new GlobException(at, "a path has at most " + MOST_COMPONENTS + " components");
            }
            components.add(component());
        }
        return components;
    }

    private GlobName component() throws GlobException {
        int start = at;
        List<Integer> tokens = new ArrayList<>();
        while (at < text.length() && text.charAt(at) != '/') {
            token(tokens);
        }
        String written = text.substring(start, at);
        check(start, written);
        if (at < text.length() && ++at == text.length()) {
            throw new GlobException(at - 1, "a path does not end with '/'; write '/**' for everything below");
        }
        return written.equals("**") ? null : new GlobName(tokens.stream().mapToInt(Integer::intValue).toArray());
    }

    private static void check(int start, String written) throws GlobException {
        if (written.isEmpty()) {
            throw new GlobException(start, "an empty component matches nothing; write one '/'");
        }
        if (written.equals(".") || written.equals("..")) {
            throw new GlobException(start, "'" + written + "' matches nothing, since paths are resolved before rules are asked");
        }
        if (written.length() > 2 && written.contains("**")) {
            throw new GlobException(start, "'**' stands for whole components; write '*' within one");
        }
    }

    private void token(List<Integer> tokens) throws GlobException {
        int start = at;
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        switch (c) {
            case '*' -> tokens.add(GlobName.STAR);
            case '?' -> tokens.add(GlobName.ANY_BYTE);
            case '\\' -> escaped(start, tokens);
            case '[', ']', '{', '}' -> throw new GlobException(start, "sets and alternatives are not supported; write '\\" + (char) c
                    + "' for the character, or a rule for each");
            case 0 -> throw new GlobException(start, "no name holds a NUL");
            default -> literal(c, tokens);
        }
    }

    private void escaped(int start, List<Integer> tokens) throws GlobException {
        if (at == text.length()) {
            throw new GlobException(start, "nothing follows the '\\'");
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c == 'x') {
            tokens.add(hexadecimal(start));
        } else if ("*?\\[]{}".indexOf(c) >= 0) {
            tokens.add(c);
        } else {
            throw new GlobException(start, "'\\' makes *, ?, \\, [, ], { and } ordinary, and \\xHH is a byte");
        }
    }

    private int hexadecimal(int start) throws GlobException {
        int end = Math.min(at + 2, text.length());
        try {
            int value = Integer.parseInt(text.substring(at, end), 16);
            if (end == at + 2 && value > 0 && value != '/' && text.charAt(at) != '+') {
                at = end;
                return value;
            }
        } catch (NumberFormatException e) {
            throw notAByte(start);
        }
        throw notAByte(start);
    }

    private static GlobException notAByte(int start) {
        return new GlobException(start, "'\\x' is followed by two hexadecimal digits of a byte other than NUL and '/'");
    }

    private static void literal(int c, List<Integer> tokens) {
        for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
            tokens.add(b & 0xff);
        }
    }
}
