// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.NativeBuffer;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * An eBPF object on its way into the kernel: opened from a spec, adjusted, loaded, then the owner of its programs' and maps' descriptors
 * until closed. Used by one thread at a time.
 */
public final class BpfObject implements AutoCloseable {
    /** Room for one program's verifier log; the kernel takes up to 4 GiB, a refusal rarely fills 100 KiB. */
    private static final int LOG_BYTES = 1 << 20;
    /** struct bpf_object_open_opts up to and including object_name. */
    private static final int OPTIONS_BYTES = 16;

    private final LibBpf library;
    private final ObjectSpec spec;
    private final Map<String, Pointer> programs;
    private final Map<String, Pointer> maps;
    private final Map<ProgramSpec, Pointer> logs = new LinkedHashMap<>();
    private Pointer object;

    private BpfObject(LibBpf library, ObjectSpec spec, Pointer object) {
        this.library = library;
        this.spec = spec;
        this.object = object;
        this.programs = handles(library::bpf_object__next_program, library::bpf_program__name);
        this.maps = handles(library::bpf_object__next_map, library::bpf_map__name);
    }

    /** Parses the object; the kernel is not asked for anything. */
    public static BpfObject open(ObjectSpec spec) throws BpfException {
        LibBpf library = LibBpf.get();
        byte[] elf = spec.elf().bytes();
        NativeBuffer name = NativeBuffer.copyOf((spec.name() + "\0").getBytes(StandardCharsets.UTF_8));
        NativeBuffer options = NativeBuffer.allocate(OPTIONS_BYTES);
        options.bytes().putLong(OPTIONS_BYTES).putLong(name.address());
        LibBpfLog.clear();
        NativeBuffer memory = NativeBuffer.copyOf(elf);
        Pointer object = library.bpf_object__open_mem(memory.address(), elf.length, options.address());
        int errno = LibBpf.lastError();
        Reference.reachabilityFence(memory);
        Reference.reachabilityFence(name);
        Reference.reachabilityFence(options);
        if (object == null) {
            throw failure("cannot open eBPF object " + spec.name(), errno);
        }
        return new BpfObject(library, spec, object);
    }

    public ObjectSpec spec() {
        return spec;
    }

    /** Gives every program its type, which libbpf cannot derive from the section names. Before {@link #load}. */
    public void setProgramTypes(int type, int attachType) throws BpfException {
        for (Pointer program : programs.values()) {
            check("set program type", library.bpf_program__set_type(program, type));
            check("set attach type", library.bpf_program__set_expected_attach_type(program, attachType));
        }
    }

    /** Before {@link #load}. */
    public void setMapType(String map, int type) throws BpfException {
        check("set type of map " + map, library.bpf_map__set_type(mapHandle(map), type));
    }

    /** Before {@link #load}. */
    public void setMaxEntries(String map, int entries) throws BpfException {
        check("set size of map " + map, library.bpf_map__set_max_entries(mapHandle(map), entries));
    }

    /** Uses an existing kernel map in place of the declared one; its descriptor is duplicated. Before {@link #load}. */
    public void reuseMap(String map, BpfMap existing) throws BpfException {
        check("reuse map " + map, library.bpf_map__reuse_fd(mapHandle(map), existing.fd()));
    }

    /**
     * Writes a {@code const volatile} variable of the .rodata section, which the verifier then knows as a constant. Before {@link #load}.
     *
     * @throws BpfException if the object has no such variable of that size
     */
    public void writeConstant(String variable, byte[] value) throws BpfException {
        Btf.Variable at = constant(variable);
        if (at.size() != value.length) {
            throw new BpfException("object " + spec.name() + ": constant " + variable + " has " + at.size() + " bytes, not " + value.length);
        }
        NativeBuffer size = NativeBuffer.allocate(Long.BYTES);
        Pointer section = library.bpf_map__initial_value(mapHandle(rodata()), size.address());
        if (section == null || at.offset() + value.length > size.bytes().getLong(0)) {
            throw new BpfException("object " + spec.name() + ": no initial value for " + variable);
        }
        section.put(at.offset(), value, 0, value.length);
    }

    public boolean hasConstant(String variable) {
        return findConstant(variable).isPresent();
    }

    /**
     * Creates maps and loads programs.
     *
     * @throws VerifierException if the verifier refuses a program
     * @throws BpfException on any other failure; nothing stays loaded
     */
    public void load() throws BpfException {
        provideLogs();
        LibBpfLog.clear();
        int result = library.bpf_object__load(object);
        if (result < 0) {
            throw loadFailure(-result);
        }
        logs.clear();
    }

    /** A loaded program; its descriptor belongs to this object. */
    public BpfProgram program(ProgramSpec program) {
        return new BpfProgram(program, library.bpf_program__fd(handle(programs, program.name())));
    }

    /** A loaded map; its descriptor belongs to this object. */
    public BpfMap map(String name) {
        Pointer map = mapHandle(name);
        return new BpfMap(
                name, library.bpf_map__fd(map), library.bpf_map__key_size(map), library.bpf_map__value_size(map), library.bpf_map__max_entries(map));
    }

    /** Closes all descriptors; programs and maps that nothing else holds are gone. */
    @Override
    public void close() {
        if (object != null) {
            library.bpf_object__close(object);
            object = null;
        }
    }

    List<ProgramSpec> readPrograms() {
        List<ProgramSpec> read = new ArrayList<>();
        programs.forEach((name, program) -> read.add(
                new ProgramSpec(name, library.bpf_program__section_name(program), library.bpf_program__insn_cnt(program))));
        return read;
    }

    List<MapSpec> readMaps() {
        List<MapSpec> read = new ArrayList<>();
        maps.forEach((name, map) -> read.add(new MapSpec(
                name,
                library.bpf_map__type(map),
                library.bpf_map__key_size(map),
                library.bpf_map__value_size(map),
                library.bpf_map__max_entries(map))));
        return read;
    }

    private Map<String, Pointer> handles(BinaryOperator<Pointer> next, Function<Pointer, String> name) {
        Map<String, Pointer> found = new LinkedHashMap<>();
        for (Pointer each = next.apply(object, null); each != null; each = next.apply(object, each)) {
            found.put(name.apply(each), each);
        }
        return found;
    }

    private Pointer mapHandle(String name) {
        return handle(maps, name);
    }

    private Pointer handle(Map<String, Pointer> in, String name) {
        Pointer found = in.get(name);
        if (found == null) {
            throw new NoSuchElementException("object " + spec.name() + " has no " + name);
        }
        return found;
    }

    private Btf.Variable constant(String variable) throws BpfException {
        return findConstant(variable).orElseThrow(() -> new BpfException("object " + spec.name() + " has no constant " + variable));
    }

    private Optional<Btf.Variable> findConstant(String variable) {
        return Btf.ofObject(library, object).flatMap(btf -> btf.variable(".rodata", variable));
    }

    /** libbpf names the map of a section after object and section, the object's name cut to fit. */
    private String rodata() throws BpfException {
        return maps.keySet().stream()
                .filter(name -> name.endsWith(".rodata"))
                .findFirst()
                .orElseThrow(() -> new BpfException("object " + spec.name() + " has no .rodata"));
    }

    /** libbpf asks for a log only after a refusal, so an untouched buffer means a program that was not refused. */
    private void provideLogs() throws BpfException {
        for (ProgramSpec program : readPrograms()) {
            Pointer log = Memory.allocateDirect(Runtime.getSystemRuntime(), LOG_BYTES, false);
            log.putByte(0, (byte) 0);
            check("set log buffer", library.bpf_program__set_log_buf(handle(programs, program.name()), log, LOG_BYTES));
            logs.put(program, log);
        }
    }

    private BpfException loadFailure(int errno) {
        for (Map.Entry<ProgramSpec, Pointer> each : logs.entrySet()) {
            String log = each.getValue().getString(0);
            if (!log.isEmpty()) {
                return new VerifierException(spec.name(), each.getKey(), log, errno);
            }
        }
        return failure("cannot load eBPF object " + spec.name(), errno);
    }

    private static void check(String what, int result) throws BpfException {
        if (result < 0) {
            throw new BpfException(what, -result);
        }
    }

    private static BpfException failure(String what, int errno) {
        List<String> warnings = LibBpfLog.warnings();
        String cause = warnings.isEmpty() ? BpfException.describe(errno) : warnings.get(0);
        return new BpfException(what + ": " + cause, errno, null);
    }
}
