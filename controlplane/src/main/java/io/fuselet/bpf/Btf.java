// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.NativeBuffer;
import java.lang.ref.Reference;
import java.util.Optional;
import java.util.OptionalInt;
import jnr.ffi.Pointer;

/**
 * BTF type information, read through libbpf. Layout of a type: {@code include/uapi/linux/btf.h}, 12 bytes
 * {@code name_off, info, size} and then, for an enum, {@code vlen} pairs {@code name_off, val}; for a data section {@code vlen} triples
 * {@code type, offset, size}.
 *
 * <p>Used by one thread at a time.
 */
public final class Btf implements AutoCloseable {
    private static final int KIND_ENUM = 6;
    private static final int KIND_DATASEC = 15;
    private static final int INFO = 4;
    private static final int HEADER_BYTES = 12;
    private static final int ENUM_BYTES = 8;
    private static final int SECTION_BYTES = 12;

    private final LibBpf library;
    private final boolean owned;
    private Pointer btf;

    private Btf(LibBpf library, Pointer btf, boolean owned) {
        this.library = library;
        this.btf = btf;
        this.owned = owned;
    }

    /** A variable of a data section: where it lies, in bytes. */
    public record Variable(int offset, int size) {}

    /**
     * The running kernel's types.
     *
     * @throws BpfException if the kernel was built without CONFIG_DEBUG_INFO_BTF
     */
    public static Btf ofKernel() throws BpfException {
        LibBpf library = LibBpf.get();
        Pointer btf = library.btf__load_vmlinux_btf();
        if (btf == null) {
            throw new BpfException("kernel has no BTF (/sys/kernel/btf/vmlinux)", LibBpf.lastError(), null);
        }
        return new Btf(library, btf, true);
    }

    /** Types from the raw bytes of a .BTF section. */
    public static Btf parse(byte[] raw) throws BpfException {
        LibBpf library = LibBpf.get();
        NativeBuffer memory = NativeBuffer.copyOf(raw);
        Pointer btf = library.btf__new(memory.address(), raw.length);
        Reference.reachabilityFence(memory);
        if (btf == null) {
            throw new BpfException("not BTF", LibBpf.lastError());
        }
        return new Btf(library, btf, true);
    }

    /** The types of an open object, valid as long as the object is open. */
    static Optional<Btf> ofObject(LibBpf library, Pointer object) {
        return Optional.ofNullable(library.bpf_object__btf(object)).map(btf -> new Btf(library, btf, false));
    }

    /** The number that an enum gives to a constant, empty if there is no such enum or constant. */
    public OptionalInt constant(String enumName, String constant) {
        Pointer type = find(enumName, KIND_ENUM);
        for (int i = 0; type != null && i < length(type); i++) {
            long at = HEADER_BYTES + (long) i * ENUM_BYTES;
            if (constant.equals(library.btf__name_by_offset(btf, type.getInt(at)))) {
                return OptionalInt.of(type.getInt(at + 4));
            }
        }
        return OptionalInt.empty();
    }

    /** Where a variable lies in a data section such as {@code .rodata}. */
    public Optional<Variable> variable(String section, String name) {
        Pointer type = find(section, KIND_DATASEC);
        for (int i = 0; type != null && i < length(type); i++) {
            long at = HEADER_BYTES + (long) i * SECTION_BYTES;
            Pointer variable = library.btf__type_by_id(btf, type.getInt(at));
            if (variable != null && name.equals(library.btf__name_by_offset(btf, variable.getInt(0)))) {
                return Optional.of(new Variable(type.getInt(at + 4), type.getInt(at + 8)));
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        if (owned && btf != null) {
            library.btf__free(btf);
        }
        btf = null;
    }

    private Pointer find(String name, int kind) {
        int id = library.btf__find_by_name_kind(btf, name, kind);
        return id < 0 ? null : library.btf__type_by_id(btf, id);
    }

    /** The low 16 bits of {@code info}. */
    private static int length(Pointer type) {
        return type.getInt(INFO) & 0xffff;
    }
}
