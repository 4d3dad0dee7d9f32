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
        ByteBuffer bytes =
                ByteBuffer.wrap(new ExtensionConfig(3, 5, Duration.ofMillis(1500)).toByteArray()).order(ByteOrder.nativeOrder());

        assertThat(bytes.remaining()).isEqualTo(24);
        assertThat(bytes.getInt(0)).isEqualTo(3);
        assertThat(bytes.getInt(4)).isEqualTo(5);
        assertThat(bytes.getLong(8)).isEqualTo(1);
        assertThat(bytes.getInt(16)).isEqualTo(500_000_000);
        assertThat(bytes.getInt(20)).isZero();
    }
}
