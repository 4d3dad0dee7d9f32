// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

/** bpf(2), which the C library does not wrap. */
public final class BpfCalls {
    private BpfCalls() {}

    /**
     * @param command BPF_ command ({@code linux/bpf.h})
     * @param attributes union bpf_attr, used up to {@code size} bytes
     * @return a descriptor or 0, as the command has it
     */
    public static int bpf(int command, NativeBuffer attributes, int size) {
        return (int) check("bpf", LIBC.syscall(Syscall.BPF, command, attributes.address(), size));
    }

    /**
     * Waits until every program that was running has ended: membarrier(2), whose global command (1) waits for all processors to pass through
     * a state in which none can run.
     */
    public static void awaitRunningPrograms() {
        check("membarrier", LIBC.syscall(Syscall.MEMBARRIER, 1, 0, 0));
    }
}
