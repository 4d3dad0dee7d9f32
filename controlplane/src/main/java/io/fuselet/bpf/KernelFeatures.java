// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.bpf.Feature.Outcome;
import io.fuselet.sys.Errno;
import io.fuselet.sys.Fd;
import io.fuselet.sys.NativeBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the running kernel's eBPF offers, each asked of the kernel itself. */
public final class KernelFeatures {
    /** BPF_PROG_TYPE_SOCKET_FILTER: the type that every kernel with eBPF has. */
    private static final int SOCKET_FILTER = 1;
    private static final Path JIT_SWITCH = Path.of("/proc/sys/net/core/bpf_jit_enable");
    private static final Path BTF = Path.of("/sys/kernel/btf/vmlinux");
    /** BPF_PROG_LOAD: union bpf_attr up to and including expected_attach_type. */
    private static final int LOAD_BYTES = 72;
    /** BPF_MAP_CREATE: map_type, key_size, value_size, max_entries, map_flags. */
    private static final int CREATE_BYTES = 20;
    private static final int EXPECTED_ATTACH_TYPE = 68;

    private final Feature libbpf = new Feature("libbpf", KernelFeatures::askLibbpf);
    private final Feature btf = new Feature("kernel BTF", KernelFeatures::askBtf);
    private final Feature fuseBpf = new Feature("FUSE types in BTF", KernelFeatures::askFuseBpf);
    private final Feature programType = new Feature("program type FUSE", KernelFeatures::askProgramType);
    private final Feature mapType = new Feature("map type FUSE_BACKING", KernelFeatures::askMapType);
    private final Feature jit = new Feature("JIT compiler", KernelFeatures::askJit);

    public Feature libbpf() {
        return libbpf;
    }

    /** BTF of the kernel's own types. */
    public Feature btf() {
        return btf;
    }

    /** The FUSE types in the kernel's BTF. */
    public Feature fuseBpf() {
        return fuseBpf;
    }

    /** A program of the FUSE type can be loaded. */
    public Feature programType() {
        return programType;
    }

    /** A FUSE_BACKING map can be created. */
    public Feature mapType() {
        return mapType;
    }

    /** Loaded programs become machine code. */
    public Feature jit() {
        return jit;
    }

    private static Outcome askLibbpf() throws BpfException {
        try {
            return Outcome.yes(LibBpf.get().libbpf_version_string());
        } catch (BpfException e) {
            return Outcome.no(e.getMessage());
        }
    }

    private static Outcome askBtf() {
        return Files.isReadable(BTF) ? Outcome.yes(BTF.toString()) : Outcome.no("kernel has no BTF (" + BTF + ")");
    }

    private static Outcome askFuseBpf() {
        try {
            FuseTypes types = FuseTypes.ofKernel();
            return Outcome.yes("program type " + types.program() + ", backing map type " + types.backingMap());
        } catch (BpfException e) {
            return Outcome.no(e.getMessage());
        }
    }

    private static Outcome askProgramType() throws BpfException {
        FuseTypes types = FuseTypes.ofKernel();
        return loadTrivial(types.program(), types.attach());
    }

    private static Outcome askMapType() throws BpfException {
        NativeBuffer attr = NativeBuffer.allocate(CREATE_BYTES);
        attr.bytes().putInt(FuseTypes.ofKernel().backingMap()).putInt(Long.BYTES).putInt(FuseBpf.Backing.SIZE).putInt(1);
        int fd = Bpf.call(Bpf.MAP_CREATE, attr);
        if (fd < 0) {
            return refusal(-fd);
        }
        new Fd(fd).close();
        return Outcome.yes("");
    }

    private static Outcome askJit() throws Exception {
        Outcome compiled = loadTrivial(SOCKET_FILTER, 0);
        return switch (compiled.answer()) {
            case YES -> compiled;
            case NO, UNKNOWN -> Outcome.unknown(compiled.detail() + "; " + JIT_SWITCH + " says " + Files.readString(JIT_SWITCH).strip());
        };
    }

    /** Loads {@code r0 = 0; exit}. */
    private static Outcome loadTrivial(int type, int attachType) throws BpfException {
        byte[] code = ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putLong(0xb7) // BPF_ALU64 | BPF_MOV | BPF_K, r0
                .putLong(0x95) // BPF_JMP | BPF_EXIT
                .array();
        NativeBuffer instructions = NativeBuffer.copyOf(code);
        NativeBuffer licence = NativeBuffer.copyOf(new byte[] {'G', 'P', 'L', 0});
        NativeBuffer attr = NativeBuffer.allocate(LOAD_BYTES);
        attr.bytes()
                .putInt(type)
                .putInt(code.length / Long.BYTES)
                .putLong(instructions.address())
                .putLong(licence.address())
                .putInt(EXPECTED_ATTACH_TYPE, attachType);
        int fd = Bpf.call(Bpf.PROG_LOAD, attr, instructions, licence);
        return fd < 0 ? refusal(-fd) : describe(new Fd(fd));
    }

    private static Outcome describe(Fd program) throws BpfException {
        try (program) {
            ProgramInfo info = ProgramInfo.of(program.number());
            return info.jitCompiled()
                    ? Outcome.yes("a loaded program has " + info.jitedBytes() + " bytes of machine code")
                    : Outcome.no("a loaded program is interpreted; write 1 to " + JIT_SWITCH);
        }
    }

    private static Outcome refusal(int errno) {
        return errno == Errno.EPERM
                ? Outcome.unknown("needs CAP_BPF; run as root")
                : Outcome.no("kernel says " + BpfException.describe(errno));
    }
}
