// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.Tier;
import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.Fd;
import io.fuselet.sys.Open;
import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.Stat;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** 10,000 known nodes with RLIMIT_NOFILE at 256. */
@Tag("vm")
class StackLimitTest {
    private static final int DIRECTORIES = 50;
    private static final int FILES = 200;
    private static final int LIMIT = 256;

    @Test
    void nodesAreNotBoundedByDescriptors() throws Exception {
        long soft = ProcessCalls.softLimit(ProcessCalls.RLIMIT_NOFILE);
        long hard = ProcessCalls.hardLimit(ProcessCalls.RLIMIT_NOFILE);
        ProcessCalls.setLimit(ProcessCalls.RLIMIT_NOFILE, LIMIT, hard);
        try {
            new Scratch("ext4", Tier.PLAIN).serve(StackOptions.DEFAULT.withTimeouts(3600, 0),
                    StackLimitTest::makeFiles, StackLimitTest::useAll);
        } finally {
            ProcessCalls.setLimit(ProcessCalls.RLIMIT_NOFILE, soft, hard);
        }
    }

    private static void makeFiles(Path below) throws Exception {
        for (int d = 0; d < DIRECTORIES; d++) {
            Path directory = Files.createDirectory(below.resolve("d" + d));
            for (int f = 0; f < FILES; f++) {
                Files.createFile(directory.resolve("f" + f));
            }
        }
    }

    /** Once by listing, then each again when its descriptor is long gone. */
    private static void useAll(TieredMount mount, Path below) throws Exception {
        for (int d = 0; d < DIRECTORIES; d++) {
            try (Directory directory = Directory.open(mount.path().resolve("d" + d))) {
                assertThat(directory.names()).hasSize(FILES);
                for (int f = 0; f < FILES; f++) {
                    directory.openFile("f" + f, Open.O_PATH).close();
                }
            }
        }
        assertThat(mount.fs().nodes()).isGreaterThan(DIRECTORIES * FILES);
        assertThat(mount.fs().openNodes()).isLessThan(LIMIT);
        for (int d = 0; d < DIRECTORIES; d++) {
            try (Directory directory = Directory.open(mount.path().resolve("d" + d));
                    Directory lower = Directory.open(below.resolve("d" + d))) {
                for (int f = d % 10; f < FILES; f += 10) {
                    byte[] name = Directory.bytes("f" + f);
                    assertThat(Stat.at(directory.fd(), name).ino()).isEqualTo(Stat.at(lower.fd(), name).ino());
                }
                try (Fd file = directory.openFile("f0", Open.O_RDONLY)) {
                    assertThat(Directory.read(file)).isEmpty();
                }
            }
        }
        assertThat(mount.fs().openNodes()).isLessThan(LIMIT);
    }
}
