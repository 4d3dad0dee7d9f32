// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.nio.ByteBuffer;

/**
 * What the kernel says of a link (BPF_OBJ_GET_INFO_BY_FD, struct bpf_link_info).
 *
 * @param connection of a link of the FUSE type, the number of its connection in fusectl; 0 once it has been detached
 */
public record LinkInfo(int type, int id, int programId, int connection) {
    private static final int SIZE = 24;

    static LinkInfo of(int fd) throws BpfException {
        ByteBuffer info = ObjectInfo.get("link info", fd, SIZE);
        return new LinkInfo(info.getInt(0), info.getInt(4), info.getInt(8), info.getInt(16));
    }
}
