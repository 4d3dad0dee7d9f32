// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessCallsTest {
    @Test
    void limitsAreRead() {
        long soft = ProcessCalls.softLimit(ProcessCalls.RLIMIT_NOFILE);
        long hard = ProcessCalls.hardLimit(ProcessCalls.RLIMIT_NOFILE);

        assertThat(soft).isGreaterThan(16);
        assertThat(Long.compareUnsigned(soft, hard)).isLessThanOrEqualTo(0);
    }

    @Test
    void capabilitiesAgreeWithProc() throws Exception {
        String line = java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/task/"
                + ThreadCalls.gettid() + "/status")).stream().filter(l -> l.startsWith("CapEff:")).findFirst().get();

        assertThat(ThreadCalls.effectiveCapabilities())
                .isEqualTo(Long.parseUnsignedLong(line.substring(line.lastIndexOf('\t') + 1), 16));
    }

    @Test
    void pollReportsWhatIsReadable() {
        int[] pipe = EventCalls.pipe(0);
        try (Fd in = new Fd(pipe[0]); Fd out = new Fd(pipe[1])) {
            assertThat(EventCalls.pollIn(0, in.number())).containsExactly(0);

            FileCalls.write(out.number(), NativeBuffer.allocate(1).address(), 1);

            assertThat(EventCalls.pollIn(0, in.number())).containsExactly(EventCalls.POLLIN);
        }
    }
}
