// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The mounts of this process's namespace, from {@code /proc/self/mountinfo} (proc_pid_mountinfo(5)). */
public final class MountTable {
    private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");
    /** In which the JVM decodes path names. */
    private static final Charset NATIVE = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    /**
     * One mount.
     *
     * @param minor minor number of its device, which for FUSE is the number of the connection
     * @param point where it is mounted
     * @param type its type, with a subtype after a dot
     */
    public record Entry(int minor, String point, String type) {
        public boolean isFuse() {
            return type.equals("fuse") || type.startsWith("fuse.");
        }
    }

    private final List<Entry> entries;

    private MountTable(List<Entry> entries) {
        this.entries = entries;
    }

    public static MountTable read() throws MountException {
        try {
            return parse(new String(Files.readAllBytes(MOUNTINFO), NATIVE));
        } catch (IOException e) {
            throw new MountException("cannot read " + MOUNTINFO + ": mount proc first");
        }
    }

    /** Lines of {@code id parent major:minor root point options [tags...] - type source options}. */
    static MountTable parse(String text) {
        List<Entry> entries = new ArrayList<>();
        for (String line : text.split("\n")) {
            String[] fields = line.split(" ");
            int separator = List.of(fields).indexOf("-");
            if (fields.length >= 7 && separator > 0 && separator + 1 < fields.length) {
                int minor = Integer.parseInt(fields[2].substring(fields[2].indexOf(':') + 1));
                entries.add(new Entry(minor, unescape(fields[4]), fields[separator + 1]));
            }
        }
        return new MountTable(entries);
    }

    /** All FUSE mounts. */
    public List<Entry> fuse() {
        return entries.stream().filter(Entry::isFuse).toList();
    }

    /** The topmost mount on a directory. */
    public Optional<Entry> at(Path directory) {
        Entry last = null;
        for (Entry entry : entries) {
            if (entry.point.equals(directory.toString())) {
                last = entry;
            }
        }
        return Optional.ofNullable(last);
    }

    /** Space, tab, newline and backslash are written as three octal digits after a backslash. */
    private static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && i + 3 < field.length()) {
                plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(field.charAt(i));
            }
        }
        return plain.toString();
    }
}
