// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.extension.KernelCounters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Repeated work on mounts of daemons that nobody changed stops waking them once the cache is attached, and wakes them again once it is
 * detached. Kernel and daemon count the same. Leaves a table in /results.
 */
@Tag("vm")
@Timeout(900)
class CacheUpcallsTest {
    private static final int TIMES = 2;
    private static final Path TABLE = Path.of("/results/requests.md");

    @ParameterizedTest
    @EnumSource(names = {"PASSTHROUGH_LL", "BINDFS", "PASSTHROUGH"})
    void fallByAHundred(ForeignDaemon daemon) throws Exception {
        new Scratch("tmpfs", null).make(below -> {
            CacheWork.prepare(below);
            try (ForeignMount mount = ForeignMount.of(daemon, below)) {
                Map<CacheWork, Long> before = uncached(daemon, mount);
                assertThat(before.values()).as("something to save").allMatch(count -> count >= 100);

                fuselet("attach", mount.path(), "--extension", "cache", "--ttl", "60000", "--json");
                Map<CacheWork, Long> after = measure(daemon, mount);
                JsonNode status = fuselet("status", mount.path(), "--json");
                fuselet("detach", mount.path(), "--json");
                write(daemon, before, after);

                for (CacheWork work : CacheWork.all()) {
                    assertThat(after.get(work)).as(daemon + ", " + work + ": " + status).isLessThanOrEqualTo(before.get(work) / 100);
                }
                assertThat(status.at("/maps/answers/hits").asLong()).isPositive();
                assertThat(status.at("/maps/answers/entries").asLong()).isPositive();

                try (CountedMount counted = CountedMount.of(mount)) {
                    CacheWork.LIST.run(mount.path(), 1);
                    assertThat(served(kernel(mount))).as("detached").isGreaterThanOrEqualTo(before.get(CacheWork.LIST) / TIMES);
                }
            }
        });
    }

    private static Map<CacheWork, Long> uncached(ForeignDaemon daemon, ForeignMount mount) throws Exception {
        try (CountedMount counted = CountedMount.of(mount)) {
            return measure(daemon, mount);
        }
    }

    /** Requests that reach the daemon while each work is repeated, the first time left out. */
    private static Map<CacheWork, Long> measure(ForeignDaemon daemon, ForeignMount mount) throws Exception {
        Map<CacheWork, Long> counts = new EnumMap<>(CacheWork.class);
        for (CacheWork work : CacheWork.all()) {
            work.run(mount.path(), 1);
            int logged = mount.log().length();
            KernelCounters kernel = kernel(mount);
            work.run(mount.path(), TIMES);
            KernelCounters passed = kernel(mount).since(kernel);
            daemon.assertAgrees(mount.log().substring(logged), passed);
            counts.put(work, served(passed));
        }
        return counts;
    }

    private static KernelCounters kernel(ForeignMount mount) throws Exception {
        return KernelCounters.read(mount.connection()).orElseThrow();
    }

    private static long served(KernelCounters passed) {
        return CacheWork.SERVED.stream().mapToLong(opcode -> passed.of(opcode).pass()).sum();
    }

    private static JsonNode fuselet(Object... arguments) throws Exception {
        Command command = Command.fuselet(arguments);
        assertThat(command.code()).as(command.err()).isZero();
        return new ObjectMapper().readTree(command.out());
    }

    private static void write(ForeignDaemon daemon, Map<CacheWork, Long> before, Map<CacheWork, Long> after) throws Exception {
        StringBuilder rows = new StringBuilder();
        if (Files.notExists(TABLE)) {
            rows.append("| daemon | work, ").append(TIMES).append(" times | requests to the daemon | with the cache |\n|---|---|---|---|\n");
        }
        before.forEach((work, count) -> rows.append("| ").append(daemon).append(" | ").append(work).append(" | ")
                .append(count).append(" | ").append(after.get(work)).append(" |\n"));
        Files.writeString(TABLE, rows, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
