// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Delegate;

/** libbpf 1.x as declared in {@code bpf/libbpf.h} and {@code bpf/btf.h}: the part that is used. Errors are NULL or negative errno. */
public interface LibBpf {
    String SONAME = "libbpf.so.1";

    /** {@code libbpf_print_fn_t}; the va_list is a pointer in the calling conventions of x86-64 and AArch64. */
    interface PrintFunction {
        @Delegate
        int print(int level, Pointer format, Pointer arguments);
    }

    /** {@code ring_buffer_sample_fn}; a negative result ends the reading. */
    interface SampleFunction {
        @Delegate
        int sample(Pointer context, Pointer data, long size);
    }

    Pointer libbpf_set_print(PrintFunction function);

    String libbpf_version_string();

    Pointer bpf_object__open_mem(long elf, long size, long options);

    void bpf_object__close(Pointer object);

    int bpf_object__load(Pointer object);

    Pointer bpf_object__btf(Pointer object);

    Pointer bpf_object__next_program(Pointer object, Pointer previous);

    Pointer bpf_object__next_map(Pointer object, Pointer previous);

    String bpf_program__name(Pointer program);

    String bpf_program__section_name(Pointer program);

    long bpf_program__insn_cnt(Pointer program);

    int bpf_program__set_type(Pointer program, int type);

    int bpf_program__set_expected_attach_type(Pointer program, int type);

    int bpf_program__set_log_buf(Pointer program, Pointer buffer, long size);

    int bpf_program__fd(Pointer program);

    String bpf_map__name(Pointer map);

    int bpf_map__type(Pointer map);

    int bpf_map__key_size(Pointer map);

    int bpf_map__value_size(Pointer map);

    int bpf_map__max_entries(Pointer map);

    int bpf_map__set_type(Pointer map, int type);

    int bpf_map__set_max_entries(Pointer map, int entries);

    int bpf_map__reuse_fd(Pointer map, int fd);

    Pointer bpf_map__initial_value(Pointer map, long size);

    int bpf_map__fd(Pointer map);

    Pointer ring_buffer__new(int map, SampleFunction function, long context, long options);

    int ring_buffer__epoll_fd(Pointer ring);

    int ring_buffer__consume(Pointer ring);

    void ring_buffer__free(Pointer ring);

    Pointer btf__load_vmlinux_btf();

    Pointer btf__new(long data, int size);

    void btf__free(Pointer btf);

    int btf__find_by_name_kind(Pointer btf, String name, int kind);

    Pointer btf__type_by_id(Pointer btf, int id);

    String btf__name_by_offset(Pointer btf, int offset);

    /**
     * Loads the library once for the process.
     *
     * @throws BpfException if it is not installed
     */
    static LibBpf get() throws BpfException {
        if (Holder.FAILURE != null) {
            throw new BpfException(SONAME + " cannot be loaded; install the package libbpf1", 0, Holder.FAILURE);
        }
        return Holder.LIBRARY;
    }

    /** errno of the calling thread's last call that returned NULL. */
    static int lastError() {
        return Runtime.getSystemRuntime().getLastError();
    }

    /** Keeps the library and its failure to load apart from class initialisation errors. */
    final class Holder {
        static final LibBpf LIBRARY;
        static final LinkageError FAILURE;

        static {
            LibBpf library = null;
            LinkageError failure = null;
            try {
                library = LibraryLoader.create(LibBpf.class).failImmediately().load(SONAME);
                LibBpfLog.install(library);
            } catch (LinkageError e) {
                failure = e;
            }
            LIBRARY = library;
            FAILURE = failure;
        }

        private Holder() {}
    }
}
