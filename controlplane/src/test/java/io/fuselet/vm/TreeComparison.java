// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.Fd;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import io.fuselet.sys.XattrCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Content and metadata of two trees, which are to be equal but for the device that they are on. */
final class TreeComparison {
    private static final int VALUE_MAX = 65536;

    private TreeComparison() {}

    static void assertEqual(Path below, Path above) {
        try (Directory lower = Directory.open(below); Directory upper = Directory.open(above)) {
            assertThat(metadata(upper.fd())).as(above.toString()).isEqualTo(metadata(lower.fd()));
            assertEqual(lower, upper, "");
        }
    }

    private static void assertEqual(Directory lower, Directory upper, String path) {
        assertThat(upper.names()).as(path + "/").isEqualTo(lower.names());
        for (String name : lower.names()) {
            String inner = path + "/" + name;
            try (Fd below = lower.openFile(name, Open.O_PATH); Fd above = upper.openFile(name, Open.O_PATH)) {
                Stat stat = Stat.of(below.number());
                assertThat(metadata(above.number())).as(inner).isEqualTo(metadata(below.number()));
                assertThat(attributes(above)).as("attributes of " + inner).isEqualTo(attributes(below));
                if (stat.isSymlink()) {
                    assertThat(target(above)).as(inner).isEqualTo(target(below));
                }
                if (stat.isRegular()) {
                    assertThat(upper.read(name)).as(inner).isEqualTo(lower.read(name));
                }
                if (stat.isDirectory()) {
                    try (Directory from = lower.open(name); Directory to = upper.open(name)) {
                        assertEqual(from, to, inner);
                    }
                }
            }
        }
    }

    /** Not the device, nor the access time, which comparing changes. */
    private static String metadata(int fd) {
        Stat s = Stat.of(fd);
        return "ino " + s.ino() + " mode " + Integer.toOctalString(s.mode()) + " links " + s.nlink() + " owner "
                + s.uid() + ":" + s.gid() + " device " + s.rdev() + " size " + s.size() + " blocks " + s.blocks()
                + " mtime " + s.mtime() + "." + s.mtimeNanos() + " ctime " + s.ctime() + "." + s.ctimeNanos();
    }

    /** What a tree holds, by path, for the comparison with one made alike: no inode numbers and no times. */
    static Map<String, String> shape(Path tree) {
        Map<String, String> shape = new TreeMap<>();
        try (Directory directory = Directory.open(tree)) {
            addShape(directory, "", shape);
        }
        return shape;
    }

    private static void addShape(Directory directory, String path, Map<String, String> shape) {
        for (String name : directory.names()) {
            String inner = path + "/" + name;
            try (Fd file = directory.openFile(name, Open.O_PATH)) {
                Stat s = Stat.of(file.number());
                shape.put(inner, "mode " + Integer.toOctalString(s.mode()) + " links " + s.nlink() + " owner " + s.uid() + ":" + s.gid()
                        + " device " + s.rdev() + " attributes " + attributes(file) + " " + content(directory, name, file, s));
                if (s.isDirectory()) {
                    try (Directory below = directory.open(name)) {
                        addShape(below, inner, shape);
                    }
                }
            }
        }
    }

    private static String content(Directory directory, String name, Fd file, Stat stat) {
        if (stat.isSymlink()) {
            return target(file);
        }
        return stat.isRegular() ? "size " + stat.size() + " sum " + Arrays.hashCode(directory.read(name)) : "";
    }

    private static String target(Fd link) {
        return new String(TreeCalls.readlinkat(link.number(), io.fuselet.sys.CString.EMPTY),
                StandardCharsets.ISO_8859_1);
    }

    static Map<String, String> attributes(Fd file) {
        NativeBuffer buffer = NativeBuffer.allocate(VALUE_MAX);
        int length = XattrCalls.list(file.number(), buffer.address(), VALUE_MAX);
        String list = new String(buffer.toArray(length), StandardCharsets.ISO_8859_1);
        Map<String, String> attributes = new TreeMap<>();
        for (String name : list.isEmpty() ? new String[0] : list.split("\0")) {
            int size = XattrCalls.get(file.number(), Directory.bytes(name), buffer.address(), VALUE_MAX);
            attributes.put(name, HexFormat.of().formatHex(buffer.toArray(size)));
        }
        return attributes;
    }
}
