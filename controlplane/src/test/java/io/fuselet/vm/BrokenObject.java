// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes an object that the verifier refuses from one that it accepts: one program loses its final exit. */
final class BrokenObject {
    /** What the verifier says of it. */
    static final String REASON = "last insn is not an exit or jmp";

    private static final int SECTION_TABLE = 40;
    private static final int SECTION_SIZE = 58;
    private static final int SECTION_COUNT = 60;
    private static final int NAMES_INDEX = 62;
    /** {@code r0 = 0}: BPF_ALU64 | BPF_MOV | BPF_K. */
    private static final long MOVE = 0xb7;

    private BrokenObject() {}

    /** @param section ELF section of the program to break */
    static Path of(Path object, String section, Path directory) throws IOException {
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(object)).order(ByteOrder.LITTLE_ENDIAN);
        int header = find(elf, section);
        int end = (int) (elf.getLong(header + 24) + elf.getLong(header + 32));
        elf.putLong(end - Long.BYTES, MOVE);
        return Files.write(directory.resolve("broken.bpf.o"), elf.array());
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
        int names = (int) elf.getLong(header(elf, elf.getShort(NAMES_INDEX)) + 24);
        int from = names + elf.getInt(header);
        int to = from;
        while (elf.get(to) != 0) {
            to++;
        }
        return new String(elf.array(), from, to - from, StandardCharsets.US_ASCII);
    }
}
