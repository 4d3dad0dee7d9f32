// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.lang.ref.Reference;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The bpf(2) system call. Commands and layouts: {@code enum bpf_cmd} and {@code union bpf_attr} in {@code include/uapi/linux/bpf.h}. */
final class Bpf {
    static final int MAP_CREATE = 0;
    static final int MAP_LOOKUP_ELEM = 1;
    static final int MAP_UPDATE_ELEM = 2;
    static final int MAP_DELETE_ELEM = 3;
    static final int MAP_GET_NEXT_KEY = 4;
    static final int PROG_LOAD = 5;
    static final int PROG_TEST_RUN = 10;
    static final int OBJ_GET_INFO_BY_FD = 15;
    static final int LINK_CREATE = 28;
    static final int LINK_UPDATE = 29;
    static final int LINK_DETACH = 34;

    private static final Runtime RUNTIME = Runtime.getSystemRuntime();
    private static final Native NATIVE = LibraryLoader.create(Native.class).load("c");
    private static final long NUMBER = number(Platform.getNativePlatform().getCPU());

    private Bpf() {}

    /** libc; the C library has no wrapper for bpf(2). */
    public interface Native {
        long syscall(long number, long command, Pointer attributes, long size);

        int close(int fd);
    }

    /** @return zeroed native memory that lives as long as the object is reachable */
    static Pointer allocate(int bytes) {
        return Memory.allocateDirect(RUNTIME, Math.max(bytes, 1), true);
    }

    static Pointer copyOf(byte[] bytes) {
        Pointer memory = allocate(bytes.length);
        memory.put(0, bytes, 0, bytes.length);
        return memory;
    }

    /**
     * @param referenced memory that the attributes hold addresses of, kept from the garbage collector during the call
     * @return the non-negative result, or the negative errno
     */
    static int call(int command, Pointer attributes, int size, Pointer... referenced) {
        try {
            long result = NATIVE.syscall(NUMBER, command, attributes, size);
            return result < 0 ? -LastError.getLastError(RUNTIME) : (int) result;
        } finally {
            Reference.reachabilityFence(attributes);
            Reference.reachabilityFence(referenced);
        }
    }

    /** @throws BpfException naming {@code what}, if the call fails */
    static int check(String what, int command, Pointer attributes, int size, Pointer... referenced) throws BpfException {
        int result = call(command, attributes, size, referenced);
        if (result < 0) {
            throw new BpfException(what, -result);
        }
        return result;
    }

    static int lastError() {
        return LastError.getLastError(RUNTIME);
    }

    static void close(int fd) {
        NATIVE.close(fd);
    }

    private static long number(Platform.CPU cpu) {
        return switch (cpu) {
            case X86_64 -> 321; // arch/x86/entry/syscalls/syscall_64.tbl
            case AARCH64 -> 280; // include/uapi/asm-generic/unistd.h
            default -> throw new UnsupportedOperationException("the number of bpf(2) on " + cpu + " is not known");
        };
    }
}
