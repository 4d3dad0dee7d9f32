// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.nio.ByteBuffer;

/** What the kernel says of a map (BPF_OBJ_GET_INFO_BY_FD, struct bpf_map_info). Sizes in bytes. */
public record MapInfo(int type, int id, int keySize, int valueSize, int maxEntries, String name) {
    private static final int NAME = 24;
    private static final int NAME_BYTES = 16;
    private static final int SIZE = 88;

    static MapInfo of(int fd) throws BpfException {
        ByteBuffer info = ObjectInfo.get("map info", fd, SIZE);
        return new MapInfo(
                info.getInt(0),
                info.getInt(4),
                info.getInt(8),
                info.getInt(12),
                info.getInt(16),
                ObjectInfo.name(info, NAME, NAME_BYTES));
    }
}
