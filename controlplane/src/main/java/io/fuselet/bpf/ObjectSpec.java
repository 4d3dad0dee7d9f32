// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an eBPF ELF file says: pure data, the same on every machine. Reading it asks nothing of the kernel.
 *
 * @param name file name without {@code .bpf.o}
 */
public record ObjectSpec(String name, ElfBytes elf, List<ProgramSpec> programs, List<MapSpec> maps) {
    private static final String SUFFIX = ".bpf.o";
    private static final int ELF_HEADER_BYTES = 64;
    private static final int ELF_MACHINE_OFFSET = 18;
    /** EM_BPF, include/uapi/linux/elf-em.h. */
    private static final int EM_BPF = 247;

    /** The file's bytes, equal by identity; kept so that spec and object come from one read. */
    public static final class ElfBytes {
        private final byte[] bytes;

        private ElfBytes(byte[] bytes) {
            this.bytes = bytes;
        }

        byte[] bytes() {
            return bytes;
        }
    }

    public ObjectSpec {
        programs = List.copyOf(programs);
        maps = List.copyOf(maps);
    }

    /**
     * @throws BpfException if the file cannot be read, is not an eBPF ELF object or holds no program; the message names the file
     */
    public static ObjectSpec read(Path file) throws BpfException {
        return parse(nameOf(file), file.toString(), bytesOf(file));
    }

    /** @param origin what an error message calls the object */
    static ObjectSpec parse(String name, String origin, byte[] elf) throws BpfException {
        if (!isElf(elf)) {
            throw new BpfException(origin + " is not an ELF file; give an object compiled with clang -target bpf");
        }
        if (machine(elf) != EM_BPF) {
            throw new BpfException(origin + " is not an eBPF object (ELF machine " + machine(elf) + "); compile it with clang -target bpf");
        }
        ObjectSpec unread = new ObjectSpec(name, new ElfBytes(elf), List.of(), List.of());
        try (BpfObject object = BpfObject.open(unread)) {
            ObjectSpec spec = new ObjectSpec(name, unread.elf, object.readPrograms(), object.readMaps());
            if (spec.programs.isEmpty()) {
                throw new BpfException(origin + " holds no eBPF program");
            }
            return spec;
        }
    }

    public Optional<MapSpec> map(String mapName) {
        return maps.stream().filter(map -> map.name().equals(mapName)).findFirst();
    }

    private static byte[] bytesOf(Path file) throws BpfException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new BpfException(file + " does not exist", 0, e);
        } catch (IOException e) {
            throw new BpfException(file + " cannot be read: " + e.getMessage(), 0, e);
        }
    }

    private static String nameOf(Path file) {
        String fileName = String.valueOf(file.getFileName());
        return fileName.endsWith(SUFFIX) ? fileName.substring(0, fileName.length() - SUFFIX.length()) : fileName;
    }

    private static boolean isElf(byte[] file) {
        return file.length >= ELF_HEADER_BYTES && file[0] == 0x7f && file[1] == 'E' && file[2] == 'L' && file[3] == 'F';
    }

    private static int machine(byte[] elf) {
        return ByteBuffer.wrap(elf).order(ByteOrder.nativeOrder()).getShort(ELF_MACHINE_OFFSET) & 0xffff;
    }
}
