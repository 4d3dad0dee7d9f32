// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What the cache extension is to do on a mount.
 *
 * @param kinds requests to serve
 * @param ttl how long replies may be served that carry no timeout, or a shorter one; zero for not at all
 * @param memory bytes that its entries may take
 * @param lazyAtime whether attributes are served after an access, with the access time of before
 */
public record CacheOptions(Set<CacheKind> kinds, Duration ttl, long memory, boolean lazyAtime) {
    public static final long DEFAULT_MEMORY = 64L << 20;
    /** Room for one entry in each map. */
    public static final long LEAST_MEMORY = 1536;
    /** More than any machine has. */
    public static final long MOST_MEMORY = 64L << 30;

    /** Names of the maps in {@code bpf/cache.bpf.c}. */
    static final String ANSWERS = "answers";
    static final String TEXTS = "texts";

    /** What the kernel allocates at most for an entry: its own header, the longest key and the value, rounded up. */
    private static final int ANSWER_BYTES = 512;
    private static final int TEXT_BYTES = 1024;
    /** Few texts are too long for an answer: they get one part of this many. */
    private static final int PARTS = 8;

    public CacheOptions {
        kinds = Set.copyOf(kinds);
    }

    /** Room in each map. */
    public Map<String, Integer> entries() {
        long forTexts = Math.max(memory / PARTS, TEXT_BYTES);
        return Map.of(ANSWERS, (int) ((memory - forTexts) / ANSWER_BYTES), TEXTS, (int) (forTexts / TEXT_BYTES));
    }

    /** What so many entries may take. */
    static long memory(int answers, int texts) {
        return (long) answers * ANSWER_BYTES + (long) texts * TEXT_BYTES;
    }

    /** Kinds that are wanted and not served, since no reply of theirs says how long it holds. */
    public Set<CacheKind> notServed() {
        Set<CacheKind> without = EnumSet.noneOf(CacheKind.class);
        if (ttl.isZero()) {
            kinds.stream().filter(kind -> !kind.timed()).forEach(without::add);
        }
        return without;
    }

    int flags() {
        return kinds.stream().mapToInt(CacheKind::flag).reduce(0, (all, flag) -> all | flag);
    }
}
