// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FstabOptionsTest {
    @Test
    void becomesLongOptions() throws Exception {
        assertThat(FstabOptions.expand(List.of("mount", "/a", "/b", "-o", "ro,tier=plain,attr_timeout=0.5")))
                .containsExactly("mount", "/a", "/b", "--read-only", "--tier=plain", "--attr-timeout=0.5");
        assertThat(FstabOptions.expand(List.of("mount", "-oallow_other", "/a", "/b"))).containsExactly("mount", "--allow-other", "/a", "/b");
    }

    @Test
    void leavesOutWhatIsMeantForOthers() throws Exception {
        assertThat(FstabOptions.expand(List.of("-o", "rw,nosuid,nodev,_netdev,x-systemd.automount,noauto"))).isEmpty();
    }

    @Test
    void touchesNothingBehindADoubleDash() throws Exception {
        assertThat(FstabOptions.expand(List.of("mount", "--", "-o", "ro"))).containsExactly("mount", "--", "-o", "ro");
    }

    @Test
    void namesWhatItDoesNotKnow() {
        assertThatThrownBy(() -> FstabOptions.expand(List.of("-o", "ro,frob"))).isInstanceOf(UserError.class).hasMessageContaining("'frob'");
    }
}
