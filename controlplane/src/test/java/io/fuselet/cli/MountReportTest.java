// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.bpf.ProgramInfo;
import io.fuselet.extension.Decision;
import io.fuselet.extension.MissedStep;
import io.fuselet.extension.Tier;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountReportTest {
    @Test
    void tellsThatProgramsAreCompiled() {
        String text = MountReport.toText("/a on /b", new Decision(Tier.EXTENSION, List.of()), List.of(program("entry", 100), program("open", 50)), null);

        assertThat(text).isEqualTo("/a on /b: extension tier\n  2 programs, JIT-compiled to 150 bytes");
    }

    @Test
    void namesInterpretedPrograms() {
        String text = MountReport.toText("/a on /b", new Decision(Tier.EXTENSION, List.of()), List.of(program("entry", 100), program("open", 0)), null);

        assertThat(text).endsWith("2 programs, interpreted: open");
    }

    @Test
    void givesAReasonForEachStepAndTheLog() {
        Decision decision = new Decision(
                Tier.PLAIN,
                List.of(new MissedStep(Tier.EXTENSION, "verifier refused stack/OPEN: R1 !read_ok"), new MissedStep(Tier.PASSTHROUGH, "switched off")));

        assertThat(MountReport.toText("/a on /b", decision, List.of(), Path.of("/tmp/v.log")))
                .isEqualTo("""
                        /a on /b: plain tier
                          not extension: verifier refused stack/OPEN: R1 !read_ok (whole log: /tmp/v.log)
                          not passthrough: switched off""");
    }

    private static ProgramInfo program(String name, int bytes) {
        return new ProgramInfo(33, 1, "00", bytes, name, 10);
    }
}
