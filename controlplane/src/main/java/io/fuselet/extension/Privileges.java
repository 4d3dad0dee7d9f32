// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The capabilities of this process that matter here (capabilities(7)).
 *
 * @param sysAdmin CAP_SYS_ADMIN: mount(2), backing files
 * @param bpf CAP_BPF, or CAP_SYS_ADMIN which implies it: loading programs
 */
public record Privileges(boolean sysAdmin, boolean bpf) {
    /** Numbers from {@code include/uapi/linux/capability.h}. */
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_BPF = 39;
    private static final String EFFECTIVE = "CapEff:";

    /** Those in effect now. */
    public static Privileges ofThisProcess() throws IOException {
        return parse(Files.readAllLines(Path.of("/proc/self/status")));
    }

    static Privileges parse(List<String> status) {
        long effective = status.stream()
                .filter(line -> line.startsWith(EFFECTIVE))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16))
                .findFirst()
                .orElse(0);
        boolean sysAdmin = has(effective, CAP_SYS_ADMIN);
        return new Privileges(sysAdmin, sysAdmin || has(effective, CAP_BPF));
    }

    private static boolean has(long set, int capability) {
        return (set >>> capability & 1) != 0;
    }
}
