// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.FuseBpf;
import io.fuselet.bpf.FuseBpf.Stage;
import io.fuselet.bpf.ProgramSpec;
import io.fuselet.fuse.Opcode;

/**
 * What an extension's program handles, from its ELF section: {@code fuse/request/<OPCODE>} or {@code fuse/reply/<OPCODE>}, the opcode
 * named as in enum fuse_opcode without {@code FUSE_}.
 */
record HandlerSection(Stage stage, int opcode) {
    static final String ENTRY = "fuse/entry";
    private static final String REQUEST = "fuse/request/";
    private static final String REPLY = "fuse/reply/";

    /** @throws BpfException naming the program, if its section is no handler's */
    static HandlerSection of(ProgramSpec program) throws BpfException {
        String section = program.section();
        if (section.startsWith(REQUEST)) {
            return new HandlerSection(Stage.REQUEST, opcode(program, section.substring(REQUEST.length())));
        }
        if (section.startsWith(REPLY)) {
            return new HandlerSection(Stage.REPLIED, opcode(program, section.substring(REPLY.length())));
        }
        throw new BpfException("program " + program.name() + " is in section " + section + ", not fuse/request/... or fuse/reply/...");
    }

    /** Whether this is asked about the data of files, also where that passes by the daemon. */
    boolean seesIo() {
        return stage == Stage.REQUEST && (opcode == Opcode.READ || opcode == Opcode.WRITE);
    }

    /** Index in the program array of the given slot. */
    int index(int slot) {
        return stage.index(slot, opcode);
    }

    private static int opcode(ProgramSpec program, String name) throws BpfException {
        int opcode = Opcode.byName(name);
        if (opcode < 0 || opcode >= FuseBpf.OPCODES) {
            throw new BpfException("program " + program.name() + " handles " + name + ", which is no FUSE opcode");
        }
        return opcode;
    }
}
