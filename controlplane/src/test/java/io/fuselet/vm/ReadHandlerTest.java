// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static io.fuselet.vm.Outcome.of;
import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.Tier;
import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.Errno;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An extension with a handler of READ decides about every read, also where that passes by the daemon. */
@Tag("vm")
@Timeout(600)
class ReadHandlerTest {
    @TempDir
    Path scratch;

    @Test
    void aReadIsRefusedAndAWriteIsNot() throws Exception {
        Path object = BrokenObject.refusingReads(TieredMount.objects().resolve("stack.bpf.o"), scratch);
        NativeBuffer buffer = NativeBuffer.allocate(10);
        new Scratch("tmpfs", Tier.EXTENSION).make(below -> {
            Files.write(below.resolve("file"), new byte[100]);
            try (TieredMount mount = TieredMount.of(below, Tier.EXTENSION, StackOptions.DEFAULT.withTimeouts(3600, 3600), object)) {
                try (Directory upper = Directory.open(mount.path()); Fd file = upper.openFile("file", Open.O_RDWR)) {
                    int fd = file.number();
                    assertThat(of(() -> FileCalls.pread(fd, buffer.address(), 10, 0))).isEqualTo("errno " + Errno.EPERM);
                    assertThat(of(() -> FileCalls.pwrite(fd, buffer.address(), 10, 0))).isEqualTo("10");
                }
                assertThat(mount.kernel().of("OPEN").redirect()).isEqualTo(1);
                assertThat(mount.kernel().of("READ").error()).isEqualTo(1);
                assertThat(mount.upcalls("OPEN") + mount.upcalls("READ") + mount.upcalls("WRITE")).as("what reached the daemon").isZero();
            }
        });
    }
}
