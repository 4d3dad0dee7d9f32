// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PrivilegesTest {
    @Test
    void readsTheEffectiveSet() {
        assertThat(parse("000001ffffffffff")).isEqualTo(new Privileges(true, true));
        assertThat(parse("0000000000000000")).isEqualTo(new Privileges(false, false));
        assertThat(parse("0000008000000000")).as("CAP_BPF alone").isEqualTo(new Privileges(false, true));
        assertThat(parse("0000000000200000")).as("CAP_SYS_ADMIN implies CAP_BPF").isEqualTo(new Privileges(true, true));
    }

    @Test
    void noLineMeansNone() {
        assertThat(Privileges.parse(List.of("Name:\tjava"))).isEqualTo(new Privileges(false, false));
    }

    private static Privileges parse(String effective) {
        return Privileges.parse(List.of("Name:\tjava", "CapPrm:\tffffffffffffffff", "CapEff:\t" + effective, "CapBnd:\tffffffffffffffff"));
    }
}
