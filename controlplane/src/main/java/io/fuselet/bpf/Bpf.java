// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.BpfCalls;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.NativeBuffer;
import java.lang.ref.Reference;

/** Commands of bpf(2): {@code enum bpf_cmd} in {@code include/uapi/linux/bpf.h}. */
final class Bpf {
    static final int MAP_CREATE = 0;
    static final int MAP_LOOKUP_ELEM = 1;
    static final int MAP_UPDATE_ELEM = 2;
    static final int MAP_DELETE_ELEM = 3;
    static final int MAP_GET_NEXT_KEY = 4;
    static final int PROG_LOAD = 5;
    static final int OBJ_PIN = 6;
    static final int OBJ_GET = 7;
    static final int PROG_TEST_RUN = 10;
    static final int OBJ_GET_INFO_BY_FD = 15;
    static final int LINK_CREATE = 28;
    static final int LINK_UPDATE = 29;
    static final int LINK_GET_FD_BY_ID = 30;
    static final int LINK_GET_NEXT_ID = 31;
    static final int LINK_DETACH = 34;

    private Bpf() {}

    /**
     * @param attr union bpf_attr, all of it
     * @param referenced memory that {@code attr} holds addresses of, kept from the garbage collector during the call
     * @return the non-negative result, or the negative errno
     */
    static int call(int command, NativeBuffer attr, NativeBuffer... referenced) {
        try {
            return BpfCalls.bpf(command, attr, attr.size());
        } catch (ErrnoException e) {
            return -e.errno();
        } finally {
            Reference.reachabilityFence(attr);
            Reference.reachabilityFence(referenced);
        }
    }

    /** @throws BpfException naming {@code what}, if the call fails */
    static int check(String what, int command, NativeBuffer attr, NativeBuffer... referenced) throws BpfException {
        int result = call(command, attr, referenced);
        if (result < 0) {
            throw new BpfException(what, -result);
        }
        return result;
    }

    /** @return the address for a field of {@code attr}: 0 for memory of no bytes */
    static long address(NativeBuffer memory, int length) {
        return length == 0 ? 0 : memory.address();
    }
}
