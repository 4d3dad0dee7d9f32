// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfMap;
import io.fuselet.bpf.BpfObject;
import io.fuselet.bpf.BpfProgram;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.MapSpec;
import io.fuselet.bpf.ObjectSpec;
import io.fuselet.bpf.ProgramInfo;
import io.fuselet.bpf.ProgramSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Extensions loaded in order into the slots of one program array, behind one entry program. Owns all their descriptors; must stay open
 * while attached, because the kernel empties a program array that no descriptor refers to. Used by one thread at a time.
 */
public final class Composition implements AutoCloseable {
    private final List<BpfObject> objects = new ArrayList<>();
    private final List<BpfProgram> programs = new ArrayList<>();
    private final List<Map<HandlerSection, BpfProgram>> slots = new ArrayList<>();
    private final FuseTypes types;
    private final int attachType;
    private BpfProgram entry;
    private BpfMap handlers;
    private BpfMap backing;
    private final List<BpfMap> caches = new ArrayList<>();

    private Composition(FuseTypes types, int attachType) {
        this.types = types;
        this.attachType = attachType;
    }

    /**
     * Loads entry program and extensions. Nothing stays loaded if anything fails.
     *
     * @param reused backing map of a composition that this one is to replace, null for a map of its own
     * @throws io.fuselet.bpf.VerifierException if the verifier refuses a program
     */
    public static Composition load(FuseTypes types, ObjectSpec entry, List<Extension> extensions, BpfMap reused) throws BpfException {
        Composition composition = new Composition(types, attachType(types, extensions));
        try {
            composition.loadEntry(entry);
            for (Extension extension : extensions) {
                composition.loadExtension(extension, composition.slots.size(), reused);
            }
            composition.install();
            return composition;
        } catch (BpfException | RuntimeException e) {
            composition.close();
            throw e;
        }
    }

    /**
     * What all programs are loaded for, since a program array takes programs of one kind only.
     *
     * @throws BpfException if an extension decides about reads and writes and the kernel does not ask programs about them
     */
    static int attachType(FuseTypes types, List<Extension> extensions) throws BpfException {
        for (Extension extension : extensions) {
            if (extension.seesIo()) {
                return types.ioAttach().orElseThrow(() -> new BpfException("kernel asks no program about reads and writes (no BPF_FUSE_IO in its"
                        + " BTF), but " + extension.object().name() + " has a handler for them"));
            }
        }
        return types.attach();
    }

    /** The program to attach. */
    public BpfProgram entry() {
        return entry;
    }

    public FuseTypes types() {
        return types;
    }

    /** The map from nodes to lower objects, empty without an extension that has one. */
    public Optional<BpfMap> backing() {
        return Optional.ofNullable(backing);
    }

    /** The program array that the entry program jumps into. */
    public BpfMap handlers() {
        return handlers;
    }

    /** Maps of replies, none without an extension that has any. */
    public List<BpfMap> caches() {
        return List.copyOf(caches);
    }

    /**
     * A map of an extension, owned by this composition.
     *
     * @param extension name of its object
     * @throws BpfException if it was not loaded
     */
    public BpfMap map(String extension, String name) throws BpfException {
        return findMap(extension, name).orElseThrow(() -> new BpfException("no map " + name + " of an extension " + extension + " is loaded"));
    }

    private Optional<BpfMap> findMap(String extension, String name) {
        return objects.stream()
                .filter(object -> object.spec().name().equals(extension) && object.spec().map(name).isPresent())
                .map(object -> object.map(name))
                .findFirst();
    }

    /** Where waits are counted, empty without the extension that does. */
    Optional<BpfMap> latencyMap() {
        return findMap(Latencies.EXTENSION, Latencies.MAP);
    }

    /** How long callers waited for the daemon, empty without the extension that measures. */
    public Optional<Latencies> latencies() throws BpfException {
        Optional<BpfMap> map = latencyMap();
        return map.isPresent() ? Optional.of(Latencies.read(map.get())) : Optional.empty();
    }

    /** FUSE maps that the connection must own for the programs to use them. */
    public List<BpfMap> ownedMaps() {
        List<BpfMap> owned = new ArrayList<>(caches);
        backing().ifPresent(owned::add);
        return owned;
    }

    /** What the kernel says of every loaded program, the entry program first. */
    public List<ProgramInfo> programInfos() throws BpfException {
        List<ProgramInfo> infos = new ArrayList<>();
        for (BpfProgram program : programs) {
            infos.add(program.info());
        }
        return infos;
    }

    @Override
    public void close() {
        for (int i = objects.size() - 1; i >= 0; i--) {
            objects.get(i).close();
        }
        objects.clear();
    }

    private void loadEntry(ObjectSpec spec) throws BpfException {
        BpfObject object = open(spec);
        object.load();
        ProgramSpec program = spec.programs().stream()
                .filter(each -> each.section().equals(HandlerSection.ENTRY))
                .findFirst()
                .orElseThrow(() -> new BpfException(spec.name() + " has no program in section " + HandlerSection.ENTRY));
        entry = object.program(program);
        programs.add(entry);
        handlers = object.map(Extension.HANDLERS);
    }

    private void loadExtension(Extension extension, int slot, BpfMap reused) throws BpfException {
        ObjectSpec spec = extension.object();
        BpfObject object = open(spec);
        object.reuseMap(Extension.HANDLERS, handlers);
        if (object.hasConstant(Extension.CONFIG)) {
            object.writeConstant(Extension.CONFIG, new ExtensionConfig(slot, extension.flags(), extension.timeouts()).toByteArray());
        }
        boolean hasBacking = spec.map(Extension.BACKING).isPresent();
        if (hasBacking) {
            prepareBacking(object, backing == null ? reused : backing);
        }
        List<String> cacheMaps = cacheMaps(spec);
        for (String map : cacheMaps) {
            object.setMapType(map, cacheType(spec));
        }
        for (Map.Entry<String, Integer> map : extension.entries().entrySet()) {
            object.setMaxEntries(map.getKey(), map.getValue());
        }
        for (Map.Entry<String, BpfMap> map : extension.maps().entrySet()) {
            object.reuseMap(map.getKey(), map.getValue());
        }
        object.load();
        if (hasBacking) {
            backing = object.map(Extension.BACKING);
        }
        cacheMaps.forEach(map -> caches.add(object.map(map)));
        slots.add(handlersOf(object));
    }

    private static List<String> cacheMaps(ObjectSpec spec) {
        return spec.maps().stream().filter(map -> map.type() == MapSpec.FUSE_CACHE).map(MapSpec::name).toList();
    }

    private int cacheType(ObjectSpec spec) throws BpfException {
        return types.cacheMap().orElseThrow(() -> new BpfException(
                "kernel offers no cache (no BPF_MAP_TYPE_FUSE_CACHE in its BTF), but " + spec.name() + " needs one"));
    }

    private Map<HandlerSection, BpfProgram> handlersOf(BpfObject object) throws BpfException {
        Map<HandlerSection, BpfProgram> found = new LinkedHashMap<>();
        for (ProgramSpec spec : object.spec().programs()) {
            BpfProgram program = object.program(spec);
            found.put(HandlerSection.of(spec), program);
            programs.add(program);
        }
        return found;
    }

    private BpfObject open(ObjectSpec spec) throws BpfException {
        BpfObject object = BpfObject.open(spec);
        objects.add(object);
        object.setProgramTypes(types.program(), attachType);
        return object;
    }

    private void prepareBacking(BpfObject object, BpfMap existing) throws BpfException {
        if (existing != null) {
            object.reuseMap(Extension.BACKING, existing);
        } else {
            object.setMapType(Extension.BACKING, types.backingMap());
        }
    }

    private void install() throws BpfException {
        for (Map.Entry<Integer, BpfProgram> each : SlotTable.fill(slots).entrySet()) {
            int index = each.getKey();
            BpfProgram program = each.getValue();
            if (index >= handlers.maxEntries()) {
                throw new BpfException("no room for " + program.spec().name() + " at " + index + " of " + handlers.name());
            }
            handlers.update(BpfMap.u32(index), BpfMap.u32(program.fd()));
        }
    }
}
