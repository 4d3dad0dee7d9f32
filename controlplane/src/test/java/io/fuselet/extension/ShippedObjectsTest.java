// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.bpf.BpfObject;
import io.fuselet.bpf.FuseBpf;
import io.fuselet.bpf.MapSpec;
import io.fuselet.bpf.ObjectSpec;
import io.fuselet.bpf.ProgramSpec;
import io.fuselet.bpf.Tools;
import io.fuselet.policy.Identities;
import io.fuselet.policy.NodeFlags;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The extensions in bpf/ against what this package expects of them. */
class ShippedObjectsTest {
    private static final Path SOURCES = Path.of("../bpf");
    private static final Path HEADERS = Path.of("../kernel/files/include/uapi");

    @TempDir
    Path scratch;

    @BeforeEach
    void sources() {
        Tools.requireLibbpf();
        Assumptions.assumeTrue(Files.isDirectory(SOURCES), "the sources of the extensions are not beside this module");
    }

    @Test
    void stackIsAnExtension() throws Exception {
        Extension stack = Extension.read(compile("stack"), Timeouts.NONE);

        assertThat(stack.object().programs()).extracting(ProgramSpec::section).contains("fuse/request/GETATTR", "fuse/request/OPEN", "fuse/reply/LOOKUP");
        assertThat(stack.seesIo()).as("reads and writes cost nothing more").isFalse();
        MapSpec backing = stack.object().map(Extension.BACKING).orElseThrow();
        assertThat(backing.keySize()).isEqualTo(8);
        assertThat(backing.valueSize()).isEqualTo(16);
    }

    @Test
    void cacheIsAnExtension() throws Exception {
        Extension cache = Extension.read(compile("cache"), Timeouts.NONE);

        for (CacheKind kind : CacheKind.values()) {
            assertThat(cache.object().programs()).extracting(ProgramSpec::section).contains("fuse/request/" + kind.name(), "fuse/reply/" + kind.name());
        }
        assertThat(cache.seesIo()).isFalse();
        for (String map : List.of(CacheOptions.ANSWERS, CacheOptions.TEXTS)) {
            assertThat(cache.object().map(map).orElseThrow().type()).isEqualTo(MapSpec.FUSE_CACHE);
            assertThat(cache.object().map(map).orElseThrow().keySize()).isEqualTo(FuseBpf.CacheKey.NAME + 256);
        }
    }

    @Test
    void policyDecidesInFrontOfStack() throws Exception {
        Extension policy = Extension.read(compile("policy"), Timeouts.NONE);
        List<String> decided = policy.object().programs().stream().map(ProgramSpec::section).toList();

        assertThat(decided).containsAll(Extension.read(compile("stack"), Timeouts.NONE).object().programs().stream()
                .map(ProgramSpec::section)
                .filter(section -> !section.equals("fuse/request/STATFS"))
                .toList());
        assertThat(policy.seesIo()).as("decides about reads and writes").isTrue();
        assertThat(policy.object().map("nodes")).map(MapSpec::valueSize).contains(Identities.MOST);
    }

    @Test
    void policyHasTheSameNumbers() throws Exception {
        Path source = Files.writeString(scratch.resolve("numbers.c"), """
                #include <stddef.h>
                #include <fuselet/policy.h>
                _Static_assert(FUSELET_POLICY_CLASSES == %d, "classes");
                _Static_assert(POLICY_DENY_READ == %d && POLICY_DENY_WRITE == %d && POLICY_HIDE == %d, "rights");
                _Static_assert(POLICY_AUDIT == %d && POLICY_HIDES_NAMES == %d && POLICY_GUARDS_NAMES == %d, "names");
                _Static_assert(offsetof(struct fuselet_policy_event, nodeid) == %d, "nodeid");
                _Static_assert(offsetof(struct fuselet_policy_event, uid) == %d, "uid");
                _Static_assert(offsetof(struct fuselet_policy_event, pid) == %d, "pid");
                _Static_assert(offsetof(struct fuselet_policy_event, opcode) == %d, "opcode");
                _Static_assert(offsetof(struct fuselet_policy_event, error) == %d, "error");
                """.formatted(Identities.MOST, NodeFlags.DENY_READ, NodeFlags.DENY_WRITE, NodeFlags.HIDE, NodeFlags.AUDIT,
                NodeFlags.HIDES_NAMES, NodeFlags.GUARDS_NAMES, PolicyEvents.NODEID, PolicyEvents.UID, PolicyEvents.PID,
                PolicyEvents.OPCODE, PolicyEvents.ERROR));

        Tools.run(List.of(Tools.requireBpfClang(), "-target", "bpf", "-fsyntax-only",
                "-I", SOURCES.resolve("include").toString(),
                "-idirafter", "/usr/include/" + System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu", source.toString()));
    }

    @Test
    void configurationFits() throws Exception {
        try (BpfObject object = BpfObject.open(ObjectSpec.read(compile("stack")))) {
            assertThat(object.hasConstant(Extension.CONFIG)).isTrue();
            object.writeConstant(Extension.CONFIG, new ExtensionConfig(0, 0, Timeouts.NONE).toByteArray());
        }
    }

    @Test
    void entryHasTheSharedArray() throws Exception {
        ObjectSpec entry = ObjectSpec.read(compile("entry"));

        assertThat(entry.programs()).extracting(ProgramSpec::section).containsExactly(HandlerSection.ENTRY);
        assertThat(entry.map(Extension.HANDLERS)).contains(new MapSpec(Extension.HANDLERS, MapSpec.PROG_ARRAY, 4, 4, 8 * 128));
    }

    private Path compile(String name) throws Exception {
        Path object = scratch.resolve(name + ".bpf.o");
        Tools.run(List.of(
                Tools.requireBpfClang(),
                "-target", "bpf", "-O2", "-g", "-ffreestanding",
                "-I", SOURCES.resolve("include").toString(),
                "-idirafter", HEADERS.toString(),
                "-idirafter", "/usr/include/" + System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu",
                "-c", SOURCES.resolve(name + ".bpf.c").toString(),
                "-o", object.toString()));
        return object;
    }
}
