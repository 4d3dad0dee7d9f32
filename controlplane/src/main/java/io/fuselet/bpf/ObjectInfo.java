// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.NativeBuffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** BPF_OBJ_GET_INFO_BY_FD: {@code bpf_fd}, {@code info_len}, {@code info}. */
final class ObjectInfo {
    private static final int ATTR_BYTES = 16;

    private ObjectInfo() {}

    /** @param size bytes asked for; an older kernel leaves the rest zero */
    static ByteBuffer get(String what, int fd, int size) throws BpfException {
        NativeBuffer info = NativeBuffer.allocate(size);
        NativeBuffer attr = NativeBuffer.allocate(ATTR_BYTES);
        attr.bytes().putInt(fd).putInt(size).putLong(info.address());
        Bpf.check(what, Bpf.OBJ_GET_INFO_BY_FD, attr, info);
        return info.bytes();
    }

    /** A name of at most {@code limit} bytes, ended by a zero byte where it is shorter. */
    static String name(ByteBuffer info, int offset, int limit) {
        int length = 0;
        while (length < limit && info.get(offset + length) != 0) {
            length++;
        }
        byte[] name = new byte[length];
        info.get(offset, name);
        return new String(name, StandardCharsets.US_ASCII);
    }
}
