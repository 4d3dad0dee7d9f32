// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java's mirror of the ABI header against what the C compiler says. */
class FuseBpfAbiTest {
    private static final Path INCLUDE = Path.of("../kernel/files/include/uapi");

    @TempDir
    Path scratch;

    @Test
    void everyConstantSizeAndOffsetIsWhatTheCompilerSays() throws Exception {
        Map<String, Long> mirror = mirror();
        assertThat(compiled(mirror.keySet().stream().toList())).isEqualTo(mirror);
    }

    @Test
    void handlerIndexFollowsSlotSize() {
        assertThat(FuseBpf.Stage.REQUEST.index(0, 3)).isEqualTo(3);
        assertThat(FuseBpf.Stage.REPLIED.index(0, 3)).isEqualTo(67);
        assertThat(FuseBpf.Stage.REQUEST.index(2, 14)).isEqualTo(270);
    }

    private static Map<String, Long> mirror() {
        Map<String, Long> m = new LinkedHashMap<>();
        m.put("FUSE_BPF", FuseBpf.INIT_FLAG);
        m.put("FUSE_BPF_OPCODES", (long) FuseBpf.OPCODES);
        m.put("FUSE_BPF_SLOT_SIZE", (long) FuseBpf.SLOT_SIZE);
        m.put("FUSE_BPF_MAX_MAPS", (long) FuseBpf.MAX_MAPS);
        m.put("FUSE_BPF_SECOND", FuseBpf.SECOND);
        m.put("FUSE_BPF_BIND_HANDLE", FuseBpf.BIND_HANDLE);
        m.put("FUSE_BPF_LAZY_ATIME", (long) FuseBpf.LAZY_ATIME);
        m.put("FUSE_BPF_CONSENT", (long) FuseBpf.CONSENT);
        m.put("FUSE_BPF_PASS", (long) FuseBpf.PASS);
        m.put("FUSE_BPF_REPLY", (long) FuseBpf.REPLY);
        m.put("FUSE_BPF_REDIRECT", (long) FuseBpf.REDIRECT);
        m.put("FUSE_BPF_REQUEST", (long) FuseBpf.Stage.REQUEST.ordinal());
        m.put("FUSE_BPF_REPLIED", (long) FuseBpf.Stage.REPLIED.ordinal());
        offset(m, "bpf_fuse_ctx", "opcode", FuseBpf.Context.OPCODE);
        offset(m, "bpf_fuse_ctx", "stage", FuseBpf.Context.STAGE);
        offset(m, "bpf_fuse_ctx", "nodeid", FuseBpf.Context.NODEID);
        offset(m, "bpf_fuse_ctx", "uid", FuseBpf.Context.UID);
        offset(m, "bpf_fuse_ctx", "gid", FuseBpf.Context.GID);
        offset(m, "bpf_fuse_ctx", "pid", FuseBpf.Context.PID);
        offset(m, "bpf_fuse_ctx", "error", FuseBpf.Context.ERROR);
        offset(m, "bpf_fuse_ctx", "in_len", FuseBpf.Context.IN_LEN);
        offset(m, "bpf_fuse_ctx", "out_len", FuseBpf.Context.OUT_LEN);
        offset(m, "bpf_fuse_ctx", "cookie", FuseBpf.Context.COOKIE);
        size(m, "bpf_fuse_ctx", FuseBpf.Context.SIZE);
        offset(m, "fuse_bpf_backing", "fd", FuseBpf.Backing.FD);
        offset(m, "fuse_bpf_backing", "flags", FuseBpf.Backing.FLAGS);
        offset(m, "fuse_bpf_backing", "reserved", FuseBpf.Backing.RESERVED);
        offset(m, "fuse_bpf_backing", "dev", FuseBpf.Backing.DEV);
        offset(m, "fuse_bpf_backing", "ino", FuseBpf.Backing.INO);
        size(m, "fuse_bpf_backing", FuseBpf.Backing.SIZE);
        offset(m, "fuse_bpf_cache_key", "nodeid", FuseBpf.CacheKey.NODEID);
        offset(m, "fuse_bpf_cache_key", "kind", FuseBpf.CacheKey.KIND);
        offset(m, "fuse_bpf_cache_key", "name_len", FuseBpf.CacheKey.NAME_LEN);
        offset(m, "fuse_bpf_cache_key", "name", FuseBpf.CacheKey.NAME);
        offset(m, "bpf_fuse_test_ctx", "ctx", FuseBpf.TestContext.CONTEXT);
        offset(m, "bpf_fuse_test_ctx", "reply_len", FuseBpf.TestContext.REPLY_LEN);
        offset(m, "bpf_fuse_test_ctx", "redirect_map", FuseBpf.TestContext.REDIRECT_MAP);
        offset(m, "bpf_fuse_test_ctx", "redirect_key", FuseBpf.TestContext.REDIRECT_KEY);
        offset(m, "bpf_fuse_test_ctx", "redirect_flags", FuseBpf.TestContext.REDIRECT_FLAGS);
        offset(m, "bpf_fuse_test_ctx", "bind_map", FuseBpf.TestContext.BIND_MAP);
        offset(m, "bpf_fuse_test_ctx", "reserved", FuseBpf.TestContext.RESERVED);
        offset(m, "bpf_fuse_test_ctx", "bind_flags", FuseBpf.TestContext.BIND_FLAGS);
        offset(m, "bpf_fuse_test_ctx", "redirect2_map", FuseBpf.TestContext.REDIRECT2_MAP);
        offset(m, "bpf_fuse_test_ctx", "reserved2", FuseBpf.TestContext.RESERVED2);
        offset(m, "bpf_fuse_test_ctx", "redirect2_key", FuseBpf.TestContext.REDIRECT2_KEY);
        size(m, "bpf_fuse_test_ctx", FuseBpf.TestContext.SIZE);
        return m;
    }

    private static void offset(Map<String, Long> m, String struct, String field, int value) {
        m.put("offsetof(struct " + struct + ", " + field + ")", (long) value);
    }

    private static void size(Map<String, Long> m, String struct, int value) {
        m.put("sizeof(struct " + struct + ")", (long) value);
    }

    private Map<String, Long> compiled(List<String> expressions) throws Exception {
        Assumptions.assumeTrue(Files.isDirectory(INCLUDE), "the kernel's header files are not beside this module");
        String cc = Tools.require("gcc", "cc", "clang");
        String prints = expressions.stream()
                .map(e -> "printf(\"%lld\\n\", (long long)(" + e + "));")
                .collect(Collectors.joining("\n"));
        Path source = Files.writeString(
                scratch.resolve("abi.c"),
                "#include <linux/fuse_bpf.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void){" + prints + "return 0;}\n");
        Path program = scratch.resolve("abi");
        Tools.run(List.of(cc, "-idirafter", INCLUDE.toString(), source.toString(), "-o", program.toString()));
        List<String> numbers = Tools.run(List.of(program.toString())).lines().toList();
        Map<String, Long> compiled = new LinkedHashMap<>();
        for (int i = 0; i < expressions.size(); i++) {
            compiled.put(expressions.get(i), Long.parseLong(numbers.get(i)));
        }
        return compiled;
    }
}
