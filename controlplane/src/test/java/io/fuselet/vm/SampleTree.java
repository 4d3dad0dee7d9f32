// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.sys.Fd;
import io.fuselet.sys.Mode;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import io.fuselet.sys.XattrCalls;
import java.util.Random;

/** A small tree with something of everything that a file system can hold. */
final class SampleTree {
    private static final int[] SIZES = {0, 1, 4095, 4096, 4097, 70_000};

    private static final int DEPTH = 5;

    private SampleTree() {}

    static byte[] content(int seed, int size) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        return content;
    }

    /** Makes it below {@code directory}. */
    static void make(Directory directory) {
        for (int size : SIZES) {
            directory.write("file of " + size, content(size, size));
        }
        directory.chmod("file of 1", 04751);
        directory.chown("file of 4095", 1000, 1001);
        directory.link("file of 4096", "another name");
        directory.symlink("file of 1", "symbolic link");
        directory.chown("symbolic link", 1002, 1003);
        TreeCalls.mknodat(directory.fd(), Directory.bytes("fifo"), Mode.S_IFIFO | 0640, 0);
        TreeCalls.mknodat(directory.fd(), Directory.bytes("socket"), Mode.S_IFSOCK | 0600, 0);
        TreeCalls.mknodat(directory.fd(), Directory.bytes("device"), Mode.S_IFCHR | 0600, Stat.device(0x123, 0x34567));
        setAttribute(directory, "file of 4097", "user.comment", content(7, 100));
        setAttribute(directory, "file of 4097", "trusted.comment", new byte[0]);
        setAttribute(directory, "file of 0", "system.posix_acl_access", acl());
        makeNames(directory);
        makeDepth(directory);
        directory.setTimes("file of 70000", 1_234_567_890, 123_456_789);
        directory.setTimes("symbolic link", 1_000_000_000, 1);
    }

    private static void makeNames(Directory directory) {
        directory.mkdir("names", 0755);
        try (Directory names = directory.open("names")) {
            names.write("caf\u00e9 \u00ff\u0001", content(1, 10));
            names.write("new\nline", content(2, 10));
            names.write("x".repeat(255), content(3, 10));
            names.mkdir("\u0080", 01777);
        }
    }

    private static void makeDepth(Directory directory) {
        directory.mkdir("deep", 02750);
        Directory at = directory.open("deep");
        for (int i = 0; i < DEPTH; i++) {
            at.mkdir("d" + i, 0700 | i);
            Directory next = at.open("d" + i);
            at.close();
            at = next;
        }
        at.close();
    }

    static void setAttribute(Directory directory, String file, String name, byte[] value) {
        try (Fd fd = directory.openFile(file, Open.O_PATH)) {
            NativeBuffer buffer = NativeBuffer.copyOf(value);
            XattrCalls.set(fd.number(), Directory.bytes(name), buffer.address(), value.length, 0);
        }
    }

    /** {@code u::rw-,u:1000:r--,g::---,m::r--,o::---} as {@code linux/posix_acl_xattr.h} lays it out. */
    static byte[] acl() {
        return acl(new int[][] {{1, 6, -1}, {2, 4, 1000}, {4, 0, -1}, {0x10, 4, -1}, {0x20, 0, -1}});
    }

    /** {@code u::rw-,g::rw-,o::r--}, for what is made in a directory. */
    static byte[] defaultAcl() {
        return acl(new int[][] {{1, 6, -1}, {4, 6, -1}, {0x20, 4, -1}});
    }

    private static byte[] acl(int[][] entries) {
        NativeBuffer acl = NativeBuffer.allocate(4 + entries.length * 8);
        acl.bytes().putInt(2);
        for (int[] entry : entries) {
            acl.bytes().putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]);
        }
        return acl.toArray(acl.size());
    }
}
