// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the environment says of sockets that are handed over; one that is, the guest tries. */
class ListenerTest {
    @Test
    void nothingIsHandedOver() throws Exception {
        assertThat(Listener.inherited(Map.of(), 7)).isEmpty();
    }

    @Test
    void whatIsForAnotherProcessIsLeftAlone() throws Exception {
        assertThat(Listener.inherited(Map.of("LISTEN_PID", "8", "LISTEN_FDS", "1"), 7)).isEmpty();
    }

    @Test
    void severalSocketsAreAMistake() {
        assertThatThrownBy(() -> Listener.inherited(Map.of("LISTEN_PID", "7", "LISTEN_FDS", "2"), 7)).hasMessageContaining("LISTEN_FDS is 2");
    }
}
