// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The mounts that this process sees, from {@code /proc/self/mountinfo} (proc(5)). Unlike stat(2) it asks no file system, so that it also
 * tells of mounts that hang or whose daemon is dead.
 *
 * @param entries in the order of mounting
 */
public record MountTable(List<Entry> entries) {
    private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

    /**
     * One mount.
     *
     * @param minor minor number of st_dev; for FUSE the number of the connection in fusectl
     * @param type file system type, for FUSE with its subtype ({@code fuse.fuselet})
     */
    public record Entry(int major, int minor, String mountPoint, String type, String source) {
        public boolean isFuse() {
            return type.equals("fuse") || type.startsWith("fuse.");
        }
    }

    public MountTable {
        entries = List.copyOf(entries);
    }

    public static MountTable read() throws IOException {
        List<Entry> entries = new ArrayList<>();
        // Mount points are bytes; ISO-8859-1 keeps each of them until the octal escapes are undone.
        for (String line : Files.readAllLines(MOUNTINFO, StandardCharsets.ISO_8859_1)) {
            entries.add(parse(line));
        }
        return new MountTable(entries);
    }

    /** The topmost mount on exactly this directory. */
    public Optional<Entry> at(Path mountPoint) {
        String path = mountPoint.toString();
        return entries.stream().filter(entry -> entry.mountPoint.equals(path)).reduce((below, above) -> above);
    }

    static Entry parse(String line) throws IOException {
        String[] fields = line.split(" ");
        int separator = List.of(fields).indexOf("-");
        if (separator < 6 || fields.length < separator + 3) {
            throw new IOException("unexpected line in " + MOUNTINFO + ": " + line);
        }
        String[] device = fields[2].split(":");
        return new Entry(
                Integer.parseInt(device[0]),
                Integer.parseInt(device[1]),
                unescape(fields[4]),
                fields[separator + 1],
                unescape(fields[separator + 2]));
    }

    /** Space, tab, newline and backslash are written as three octal digits after a backslash. */
    private static String unescape(String field) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && i + 3 < field.length()) {
                bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                bytes.write(field.charAt(i));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
