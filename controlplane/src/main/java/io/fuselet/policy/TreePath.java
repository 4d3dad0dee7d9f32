// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A path from the root of a mount, as names of bytes without an encoding. Written {@code /a/b}; a byte that is no part of UTF-8 as
 * {@code \xHH}, control characters too, and a backslash twice, which is how a {@link Glob} is written as well. Immutable.
 */
public final class TreePath {
    public static final TreePath ROOT = new TreePath(List.of());

    private final List<byte[]> names;

    private TreePath(List<byte[]> names) {
        this.names = names;
    }

    /** The path of these names, none of which is empty, {@code .} or {@code ..}; they are not copied. */
    static TreePath of(List<byte[]> names) {
        return names.isEmpty() ? ROOT : new TreePath(Collections.unmodifiableList(names));
    }

    /**
     * A path as a user writes it: repeated and trailing slashes and {@code .} mean nothing, a missing leading slash neither.
     *
     * @throws IllegalArgumentException if it holds {@code ..}, which only a file system can resolve
     */
    public static TreePath parse(byte[] path) {
        List<byte[]> names = new ArrayList<>();
        for (int from = 0, to; from <= path.length; from = to + 1) {
            to = indexOfSlash(path, from);
            byte[] name = Arrays.copyOfRange(path, from, to);
            if (name.length == 2 && name[0] == '.' && name[1] == '.') {
                throw new IllegalArgumentException("'..' in a path has no meaning here; give the path that it leads to");
            }
            if (name.length > 1 || name.length == 1 && name[0] != '.') {
                names.add(name);
            }
        }
        return of(names);
    }

    private static int indexOfSlash(byte[] path, int from) {
        int at = from;
        while (at < path.length && path[at] != '/') {
            at++;
        }
        return at;
    }

    public static TreePath parse(String path) {
        return parse(path.getBytes(StandardCharsets.UTF_8));
    }

    public TreePath child(byte[] name) {
        List<byte[]> longer = new ArrayList<>(names);
        longer.add(name);
        return of(longer);
    }

    /** The directory it is in; the root's is itself. */
    public TreePath parent() {
        return isRoot() ? this : of(names.subList(0, names.size() - 1));
    }

    public boolean isRoot() {
        return names.isEmpty();
    }

    /** Its names from the root on; not to be changed. */
    List<byte[]> names() {
        return names;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TreePath path && Arrays.deepEquals(names.toArray(), path.names.toArray());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(names.toArray());
    }

    @Override
    public String toString() {
        if (isRoot()) {
            return "/";
        }
        StringBuilder text = new StringBuilder();
        for (byte[] name : names) {
            text.append('/').append(printable(name));
        }
        return text.toString();
    }

    static String printable(byte[] name) {
        String decoded = decode(name);
        StringBuilder text = new StringBuilder();
        if (decoded == null) {
            for (byte b : name) {
                append(text, b & 0xff, b < 0);
            }
        } else {
            decoded.codePoints().forEach(c -> append(text, c, false));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, int c, boolean isByte) {
        if (c == '\\') {
            text.append("\\\\");
        } else if (isByte || c < ' ' || c == 0x7f) {
            text.append(String.format("\\x%02x", c));
        } else {
            text.appendCodePoint(c);
        }
    }

    private static String decode(byte[] name) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** The bytes of the path as the kernel has it. */
    public byte[] toByteArray() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] name : names) {
            bytes.write('/');
            bytes.writeBytes(name);
        }
        return isRoot() ? new byte[] {'/'} : bytes.toByteArray();
    }
}
