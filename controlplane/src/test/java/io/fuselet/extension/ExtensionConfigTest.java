// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ExtensionConfigTest {
    @Test
    void laysOutTheStruct() {
        Timeouts timeouts = new Timeouts(Duration.ofMillis(2700), Duration.ofMillis(1500));
        ByteBuffer bytes = ByteBuffer.wrap(new ExtensionConfig(3, 5, timeouts).toByteArray()).order(ByteOrder.nativeOrder());

        assertThat(bytes.remaining()).isEqualTo(32);
        assertThat(bytes.getInt(0)).isEqualTo(3);
        assertThat(bytes.getInt(4)).isEqualTo(5);
        assertThat(bytes.getLong(8)).isEqualTo(2);
        assertThat(bytes.getLong(16)).isEqualTo(1);
        assertThat(bytes.getInt(24)).isEqualTo(700_000_000);
        assertThat(bytes.getInt(28)).isEqualTo(500_000_000);
    }
}
