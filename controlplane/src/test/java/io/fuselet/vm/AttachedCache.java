// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.extension.CacheAttachment;
import io.fuselet.extension.CacheCounts;
import io.fuselet.extension.CacheKind;
import io.fuselet.extension.CacheOptions;
import io.fuselet.extension.Pins;
import io.fuselet.extension.Counts;
import io.fuselet.extension.KernelCounters;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;

/** The cache extension on a mount, until closed. */
record AttachedCache(int connection) implements AutoCloseable {
    static final Duration LONG = Duration.ofHours(1);

    static AttachedCache of(ForeignMount mount, Duration ttl) throws IOException {
        return of(mount, ttl, CacheOptions.DEFAULT_MEMORY);
    }

    static AttachedCache of(ForeignMount mount, Duration ttl, long memory) throws IOException {
        return of(mount, new CacheOptions(EnumSet.allOf(CacheKind.class), ttl, memory, true));
    }

    static AttachedCache of(ForeignMount mount, CacheOptions options) throws IOException {
        return of(mount.path(), mount.connection(), options);
    }

    static AttachedCache of(Path path, int connection, CacheOptions options) throws IOException {
        try (Fd root = new Fd(FileCalls.open(path.toString(), Open.O_PATH))) {
            CacheAttachment.attach(root.number(), connection, TieredMount.objects(), options, false);
        }
        return new AttachedCache(connection);
    }

    Counts requests(String opcode) throws IOException {
        return requests().of(opcode);
    }

    KernelCounters requests() throws IOException {
        return KernelCounters.read(connection).orElseThrow(() -> new AssertionError("no program counts requests"));
    }

    /** Of the map of answers. */
    CacheCounts answers() throws IOException {
        Long id = Pins.of(connection).mapNames().entrySet().stream()
                .filter(map -> map.getValue().equals("answers"))
                .findFirst().orElseThrow().getKey();
        return CacheCounts.read(connection).stream().filter(counts -> counts.map() == id).findFirst().orElseThrow();
    }

    @Override
    public void close() throws IOException {
        Pins.of(connection).detach();
    }
}
