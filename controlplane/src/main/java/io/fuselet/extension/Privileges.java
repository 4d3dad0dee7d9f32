// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.sys.ThreadCalls;

/**
 * The capabilities that matter to the ladder (capabilities(7)).
 *
 * @param sysAdmin CAP_SYS_ADMIN: mount(2), backing files
 * @param bpf CAP_BPF, or CAP_SYS_ADMIN which implies it: loading programs
 */
public record Privileges(boolean sysAdmin, boolean bpf) {
    /** Those that the calling thread has in effect. */
    public static Privileges ofThisThread() {
        boolean sysAdmin = ThreadCalls.hasCapability(ThreadCalls.CAP_SYS_ADMIN);
        return new Privileges(sysAdmin, sysAdmin || ThreadCalls.hasCapability(ThreadCalls.CAP_BPF));
    }
}
