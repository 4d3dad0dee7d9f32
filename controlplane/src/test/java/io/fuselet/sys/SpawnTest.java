// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpawnTest {
    @Test
    void aChildGetsDescriptorAndEnvironment() {
        int[] pipe = EventCalls.pipe(0);
        try (Fd in = new Fd(pipe[0]); Fd out = new Fd(pipe[1])) {
            int pid = new Spawn(List.of("sh", "-c", "printf %s \"$GREETING\" >&7")).environment("GREETING", "hello")
                    .inherit(out.number(), 7).start();

            assertThat(ProcessCalls.waitpid(pid, 0)).isZero();
            NativeBuffer buffer = NativeBuffer.allocate(16);
            assertThat(FileCalls.read(in.number(), buffer.address(), 16)).isEqualTo(5);
            assertThat(buffer.toArray(5)).isEqualTo("hello".getBytes());
        }
    }

    @Test
    void aMissingProgramIsAnError() {
        var failure = catchThrowableOfType(() -> new Spawn(List.of("no-such-program-here")).start(),
                ErrnoException.class);

        assertThat(failure.errno()).isEqualTo(Errno.ENOENT);
    }
}
