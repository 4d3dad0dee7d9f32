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
}
