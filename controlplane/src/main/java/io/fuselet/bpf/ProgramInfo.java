// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * What the kernel says of a loaded program (BPF_OBJ_GET_INFO_BY_FD, struct bpf_prog_info).
 *
 * @param tag SHA-1 prefix of the instructions, hexadecimal
 * @param jitedBytes length of the machine code, 0 if the program is interpreted (or if the caller may not know)
 * @param verifiedInstructions instructions that the verifier walked through
 */
public record ProgramInfo(int type, int id, String tag, int jitedBytes, String name, int verifiedInstructions) {
    private static final int TAG = 8;
    private static final int TAG_BYTES = 8;
    private static final int JITED_LEN = 16;
    private static final int NAME = 64;
    private static final int NAME_BYTES = 16;
    private static final int VERIFIED_INSNS = 216;
    private static final int SIZE = 232;

    static ProgramInfo of(int fd) throws BpfException {
        ByteBuffer info = ObjectInfo.get("program info", fd, SIZE);
        byte[] tag = new byte[TAG_BYTES];
        info.get(TAG, tag);
        return new ProgramInfo(
                info.getInt(0),
                info.getInt(4),
                HexFormat.of().formatHex(tag),
                info.getInt(JITED_LEN),
                ObjectInfo.name(info, NAME, NAME_BYTES),
                info.getInt(VERIFIED_INSNS));
    }

    public boolean jitCompiled() {
        return jitedBytes > 0;
    }
}
