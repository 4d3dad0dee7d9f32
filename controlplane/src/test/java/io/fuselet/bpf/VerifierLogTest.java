// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The logs beside this class are what Linux 6.18 wrote about small faulty programs. */
class VerifierLogTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            uninitialised.log | R2 !read_ok
            out-of-bounds.log | R0 min value is outside of the allowed memory range
            null-check.log | R0 invalid mem access 'map_value_or_null'
            context.log | invalid bpf_context access off=4096 size=4
            unreachable.log | unreachable insn 2
            helper.log | program of this type cannot use helper bpf_override_return#58
            loop.log | infinite loop detected at insn 1
            """)
    void findsTheReason(String file, String reason) throws IOException {
        assertThat(VerifierLog.summary(fixture(file))).isEqualTo(reason);
    }

    @Test
    void anEmptyLogHasNoReason() {
        assertThat(VerifierLog.summary("")).isEmpty();
        assertThat(VerifierLog.summary("\n\n")).isEmpty();
    }

    @Test
    void aLogCutInTheTraceGivesItsLastLine() {
        assertThat(VerifierLog.summary("0: (bf) r6 = r1\n1: (61) r2 = *(u32 *)(r1 +0)\n")).isEqualTo("1: (61) r2 = *(u32 *)(r1 +0)");
    }

    private static String fixture(String name) throws IOException {
        try (InputStream in = VerifierLogTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
