// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import jnr.ffi.Pointer;

/** BPF_OBJ_GET_INFO_BY_FD: {@code bpf_fd}, {@code info_len}, {@code info}. */
final class ObjectInfo {
    private static final int ATTR_BYTES = 16;

    private ObjectInfo() {}

    /** @param size bytes asked for; an older kernel leaves the rest zero */
    static Pointer get(String what, int fd, int size) throws BpfException {
        Pointer info = Bpf.allocate(size);
        Pointer attr = Bpf.allocate(ATTR_BYTES);
        attr.putInt(0, fd);
        attr.putInt(4, size);
        attr.putAddress(8, info.address());
        Bpf.check(what, Bpf.OBJ_GET_INFO_BY_FD, attr, ATTR_BYTES, info);
        return info;
    }
}
