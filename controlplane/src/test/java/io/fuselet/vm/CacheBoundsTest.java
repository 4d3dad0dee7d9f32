// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.CacheCounts;
import io.fuselet.extension.CacheOptions;
import io.fuselet.sys.At;
import io.fuselet.sys.CString;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Stat;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A cache that is full, or hardly there. FUSELET_FLOOD is the number of names in the flood. The slowest look-up is only told: an emulated
 * CPU may itself be stopped for long; what the kernel's watchdogs call a stall turns the run red.
 */
@Tag("vm")
@Timeout(3600)
class CacheBoundsTest {
    private static final int FLOOD = Integer.parseInt(System.getenv().getOrDefault("FUSELET_FLOOD", "5000"));
    private static final int HOT = 40;
    private static final long MEMORY = 128 << 10;
    private static final int BETWEEN_HOT = 50;
    private static final int BETWEEN_LOOKS = Math.max(BETWEEN_HOT, FLOOD / 1000);

    private interface Work {
        void accept(ForeignMount mount) throws Exception;
    }

    @Test
    void aFloodOfMissingNamesLeavesTheHotOnes() throws Exception {
        serve(mount -> {
            try (AttachedCache cache = AttachedCache.of(mount, AttachedCache.LONG, MEMORY)) {
                long asked = 0;
                long slowest = 0;
                for (int i = 0; i < FLOOD; i++) {
                    long start = System.nanoTime();
                    assertMissing(mount.path().resolve("flood" + i));
                    slowest = Math.max(slowest, System.nanoTime() - start);
                    if (i % BETWEEN_HOT == 0) {
                        askHot(mount.path());
                        asked += HOT;
                    }
                    if (i % BETWEEN_LOOKS == 0) {
                        assertThat(cache.answers().entries()).isLessThanOrEqualTo(cache.answers().maxEntries());
                    }
                }
                long missed = cache.requests("LOOKUP").pass() - FLOOD;
                write(cache.answers(), asked, missed, slowest);
                assertThat(missed).as("of " + asked + " hot look-ups").isBetween((long) HOT, Math.max(asked / 10, 2L * HOT));
                assertThat(cache.answers().evicted()).isGreaterThan(FLOOD - cache.answers().maxEntries() - HOT);
            }
        });
    }

    private static void write(CacheCounts counts, long asked, long missed, long slowest) throws Exception {
        Files.writeString(Path.of("/results/flood.md"), """
                | distinct missing names | room for | kept at the end | evicted | look-ups of the %d hot names | of them asked of the daemon | slowest look-up |
                |---|---|---|---|---|---|---|
                | %,d | %,d | %,d | %,d | %,d | %,d | %,d ms |
                """.formatted(HOT, FLOOD, counts.maxEntries(), counts.entries(), counts.evicted(), asked, missed, slowest / 1_000_000));
    }

    @Test
    void aCacheOfOneEntryServes() throws Exception {
        serve(mount -> {
            try (AttachedCache cache = AttachedCache.of(mount, AttachedCache.LONG, CacheOptions.LEAST_MEMORY)) {
                assertThat(cache.answers().maxEntries()).isEqualTo(1);
                for (int i = 0; i < 3; i++) {
                    assertMissing(mount.path().resolve("one"));
                    assertMissing(mount.path().resolve("one"));
                    assertMissing(mount.path().resolve("other"));
                    assertThat(cache.answers().entries()).isLessThanOrEqualTo(1);
                }
                assertThat(cache.requests("LOOKUP").reply()).as("served").isEqualTo(3);
                assertThat(mount.path().resolve("there")).isDirectory();
            }
        });
    }

    @Test
    void namesOfEveryLengthAreKept() throws Exception {
        serve(mount -> {
            try (AttachedCache cache = AttachedCache.of(mount, AttachedCache.LONG)) {
                for (int length : new int[] {1, 7, 8, 254, 255}) {
                    String name = "n".repeat(length);
                    long served = cache.requests("LOOKUP").reply();
                    assertMissing(mount.path().resolve(name));
                    assertMissing(mount.path().resolve(name));
                    assertThat(cache.requests("LOOKUP").reply()).as("missing, " + length).isEqualTo(served + 1);

                    Files.createDirectory(mount.path().resolve(name));
                    Stat.at(At.AT_FDCWD, CString.of(mount.path().resolve(name).toString()));
                    long replied = cache.requests("LOOKUP").reply();
                    Stat.at(At.AT_FDCWD, CString.of(mount.path().resolve(name).toString()));
                    assertThat(cache.requests("LOOKUP").reply()).as("there, " + length).isEqualTo(replied + 1);
                }
                assertThat(errnoOf(mount.path().resolve("n".repeat(256)))).isEqualTo(Errno.ENAMETOOLONG);
            }
        });
    }

    private static void askHot(Path directory) {
        for (int i = 0; i < HOT; i++) {
            assertMissing(directory.resolve("hot" + i));
        }
    }

    private static void assertMissing(Path path) {
        assertThat(errnoOf(path)).isEqualTo(Errno.ENOENT);
    }

    private static int errnoOf(Path path) {
        try {
            Stat.at(At.AT_FDCWD, CString.of(path.toString()));
            return 0;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    private static void serve(Work work) throws Exception {
        new Scratch("tmpfs", null).make(below -> {
            Files.createDirectory(below.resolve("there"));
            try (ForeignMount mount = ForeignMount.of(ForeignDaemon.PASSTHROUGH_LL, below)) {
                work.accept(mount);
            }
        });
    }
}
