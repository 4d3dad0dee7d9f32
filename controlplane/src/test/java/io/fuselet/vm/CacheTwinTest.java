// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.CacheKind;
import io.fuselet.extension.CacheOptions;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The twin on a daemon with the cache and on the same daemon without: random system calls have the same results. What should
 * show through the cache is what a third mount shows, of the same directory by the same daemon without the cache: where a daemon
 * itself differs from the file system below, all of them do. TWIN_SEED, TWIN_SEEDS and TWIN_OPS as in {@link TwinTest}.
 */
@Tag("vm")
@Timeout(3600)
class CacheTwinTest {
    private static final int SEED = TwinTest.number("TWIN_SEED", 1);
    private static final int SEEDS = TwinTest.number("TWIN_SEEDS", 1);
    private static final int OPS = TwinTest.number("TWIN_OPS", 150);
    private static final CacheOptions STRICT =
            new CacheOptions(EnumSet.allOf(CacheKind.class), AttachedCache.LONG, CacheOptions.DEFAULT_MEMORY, false);

    @ParameterizedTest
    @EnumSource
    void theCacheChangesNoResult(ForeignDaemon daemon) throws Exception {
        for (int seed = SEED; seed < SEED + SEEDS; seed++) {
            List<?> options = List.of("--seed", seed, "--ops", OPS, "--actors", 2);
            serve(daemon, (plain, cached, witness) -> {
                try (AttachedCache cache = AttachedCache.of(cached, STRICT)) {
                    Command twin = TwinTest.twin("cached-" + daemon, "tmpfs", options, plain.path(), cached.path(), witness.path());
                    assertThat(twin.code()).as(twin.out() + twin.err()).isZero();
                    assertThat(cache.answers().hits()).isPositive();
                }
            });
        }
    }

    private interface Work {
        void accept(ForeignMount plain, ForeignMount cached, ForeignMount witness) throws Exception;
    }

    private static void serve(ForeignDaemon daemon, Work work) throws Exception {
        Scratch scratch = new Scratch("tmpfs", null);
        scratch.make(first -> scratch.make(second -> {
            TwinTest.open(first);
            TwinTest.open(second);
            try (ForeignMount plain = ForeignMount.of(daemon, first);
                    ForeignMount cached = ForeignMount.of(daemon, second);
                    ForeignMount witness = ForeignMount.of(daemon, second)) {
                work.accept(plain, cached, witness);
            }
        }));
    }
}
