// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes objects that the shipped ones are not, by changing a few of their bytes. */
final class BrokenObject {
    /** What the verifier says of an object without a final exit. */
    static final String REASON = "last insn is not an exit or jmp";

    private static final int SECTION_TABLE = 40;
    private static final int SECTION_SIZE = 58;
    private static final int SECTION_COUNT = 60;
    private static final int NAMES_INDEX = 62;
    /** {@code r0 = 0}: BPF_ALU64 | BPF_MOV | BPF_K. */
    private static final long MOVE = 0xb7;
    /** {@code w0 = 0}: BPF_ALU | BPF_MOV | BPF_K; returning it is FUSE_BPF_PASS. */
    private static final long PASS = 0xb4;
    private static final String LISTS = "fuse/request/READDIR";
    private static final String READS = "fuse/request/READ";

    private BrokenObject() {}

    /**
     * One that the verifier refuses: a program loses its final exit.
     *
     * @param section ELF section of the program to break
     */
    static Path of(Path object, String section, Path directory) throws IOException {
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(object)).order(ByteOrder.LITTLE_ENDIAN);
        int header = find(elf, section);
        int end = (int) (elf.getLong(header + 24) + elf.getLong(header + 32));
        elf.putLong(end - Long.BYTES, MOVE);
        return Files.write(directory.resolve("broken.bpf.o"), elf.array());
    }

    /**
     * One whose handler of READDIR is a handler of READ that fails every call with EPERM: what the program does not redirect, and READ is
     * never redirected, it answers with another verdict than to carry on.
     */
    static Path refusingReads(Path object, Path directory) throws IOException {
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(object)).order(ByteOrder.LITTLE_ENDIAN);
        int header = find(elf, LISTS);
        int from = (int) elf.getLong(header + 24);
        int end = from + (int) elf.getLong(header + 32);
        for (int at = from; at < end; at += Long.BYTES) {
            if (elf.getLong(at) == PASS) {
                elf.putInt(at + 4, -Errno.EPERM);
            }
        }
        elf.put(nameOffset(elf, header) + READS.length(), (byte) 0);
        return Files.write(directory.resolve("refusing.bpf.o"), elf.array());
    }

    /** Offset of the section's header. */
    private static int find(ByteBuffer elf, String section) {
        for (int i = 0; i < elf.getShort(SECTION_COUNT); i++) {
            if (name(elf, header(elf, i)).equals(section)) {
                return header(elf, i);
            }
        }
        throw new AssertionError("the object has no section " + section);
    }

    private static int header(ByteBuffer elf, int index) {
        return (int) elf.getLong(SECTION_TABLE) + index * elf.getShort(SECTION_SIZE);
    }

    private static String name(ByteBuffer elf, int header) {
        int from = nameOffset(elf, header);
        int to = from;
        while (elf.get(to) != 0) {
            to++;
        }
        return new String(elf.array(), from, to - from, StandardCharsets.US_ASCII);
    }

    private static int nameOffset(ByteBuffer elf, int header) {
        return (int) elf.getLong(header(elf, elf.getShort(NAMES_INDEX)) + 24) + elf.getInt(header);
    }
}
