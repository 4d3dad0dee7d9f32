// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.FuseBpf.Stage;
import io.fuselet.bpf.ProgramSpec;
import io.fuselet.fuse.Opcode;
import org.junit.jupiter.api.Test;

class HandlerSectionTest {
    @Test
    void readsStageAndOpcode() throws Exception {
        assertThat(of("fuse/request/GETATTR")).isEqualTo(new HandlerSection(Stage.REQUEST, Opcode.GETATTR));
        assertThat(of("fuse/reply/LOOKUP")).isEqualTo(new HandlerSection(Stage.REPLIED, Opcode.LOOKUP));
    }

    @Test
    void indexesTheProgramArray() throws Exception {
        assertThat(of("fuse/request/OPEN").index(0)).isEqualTo(14);
        assertThat(of("fuse/reply/LOOKUP").index(3)).isEqualTo(3 * 128 + 64 + 1);
    }

    @Test
    void refusesOtherSections() {
        assertThatThrownBy(() -> of("xdp")).isInstanceOf(BpfException.class).hasMessageContaining("section xdp");
        assertThatThrownBy(() -> of("fuse/entry")).isInstanceOf(BpfException.class);
        assertThatThrownBy(() -> of("fuse/request/GETATR")).hasMessage("program handler handles GETATR, which is no FUSE opcode");
        assertThatThrownBy(() -> of("fuse/request/OTHER")).hasMessageContaining("no FUSE opcode");
    }

    private static HandlerSection of(String section) throws BpfException {
        return HandlerSection.of(new ProgramSpec("handler", section, 2));
    }
}
