// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfMap;
import io.fuselet.bpf.ObjectSpec;
import java.nio.file.Path;
import java.util.Map;

/**
 * An extension to be composed: its object and what it is told at load time.
 *
 * @param flags extension-specific bits of {@code struct fuselet_config}
 * @param timeouts how long the kernel may keep what the extension answers
 * @param entries how many entries its maps have room for, by map name; maps that are not named keep the number compiled in
 * @param maps kernel maps to use in place of those that the object declares, by name
 */
public record Extension(ObjectSpec object, int flags, Timeouts timeouts, Map<String, Integer> entries, Map<String, BpfMap> maps) {
    /** Map of programs that all extensions of a composition share. */
    static final String HANDLERS = "handlers";
    /** Map of backing objects. */
    static final String BACKING = "backing";
    /** Constant that {@link ExtensionConfig} describes. */
    static final String CONFIG = "fuselet";

    public Extension {
        entries = Map.copyOf(entries);
        maps = Map.copyOf(maps);
    }

    public Extension(ObjectSpec object, int flags, Timeouts timeouts) {
        this(object, flags, timeouts, Map.of());
    }

    public Extension(ObjectSpec object, int flags, Timeouts timeouts, Map<String, Integer> entries) {
        this(object, flags, timeouts, entries, Map.of());
    }

    /**
     * Reads an extension's object and checks that it is one.
     *
     * @throws BpfException if it is not; the message names the file
     */
    public static Extension read(Path file, Timeouts timeouts) throws BpfException {
        ObjectSpec object = ObjectSpec.read(file);
        if (object.programs().stream().noneMatch(program -> program.section().startsWith("fuse/"))) {
            throw new BpfException(file + " holds no fuse programs (sections fuse/request/..., fuse/reply/...)");
        }
        for (var program : object.programs()) {
            HandlerSection.of(program);
        }
        if (object.map(HANDLERS).isEmpty()) {
            throw new BpfException(file + " is no extension: it declares no map \"" + HANDLERS + "\"");
        }
        return new Extension(object, 0, timeouts);
    }

    Extension withMaps(Map<String, BpfMap> existing) {
        return new Extension(object, flags, timeouts, entries, existing);
    }

    /** Whether a program of it decides about reads and writes. */
    boolean seesIo() throws BpfException {
        for (var program : object.programs()) {
            if (HandlerSection.of(program).seesIo()) {
                return true;
            }
        }
        return false;
    }
}
