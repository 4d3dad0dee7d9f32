// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class MetricsAddressTest {
    @Test
    void aPortAloneIsOfTheLoopbackInterface() {
        assertThat(MetricsAddress.parse("9477").address().getPort()).isEqualTo(9477);
        assertThat(MetricsAddress.parse("9477").address().getAddress().isLoopbackAddress()).isTrue();
    }

    @Test
    void anotherInterfaceIsNamed() {
        assertThat(MetricsAddress.parse("192.0.2.1:80").address().getHostString()).isEqualTo("192.0.2.1");
        assertThat(MetricsAddress.parse("0.0.0.0:80").address().getAddress().isAnyLocalAddress()).isTrue();
        assertThat(MetricsAddress.parse("[::1]:80").address().getAddress().isLoopbackAddress()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "on", ":80", "::1:80", "65536", "127.0.0.1", "127.0.0.1:", "-1"})
    void anythingElseIsNone(String text) {
        assertThatThrownBy(() -> MetricsAddress.parse(text)).isInstanceOf(TypeConversionException.class).hasMessageContaining("no address");
    }
}
