// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.Json;
import io.fuselet.extension.CacheKind;
import io.fuselet.extension.CacheOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@code attach} says once it is done: above all, how old an answer may be. */
record AttachReport(Path mountPoint, int connection, CacheOptions options) {
    private static final double NANOS = 1e9;

    String toText() {
        return mountPoint + ": cache attached\n  " + (options.ttl().isZero() ? withoutTtl() : withTtl());
    }

    private String withoutTtl() {
        Set<CacheKind> timed = EnumSet.copyOf(options.kinds());
        timed.removeIf(kind -> !kind.timed());
        String notServed = options.notServed().isEmpty() ? "" : "not served without --ttl: " + names(options.notServed())
                + " (replies without a timeout)";
        String served = timed.isEmpty() ? "" : names(timed) + " only for as long as the daemon's timeouts, which cannot be known beforehand: "
                + "where they are 0, and for missing names that it reports as errors, nothing is served";
        return notServed + (notServed.isEmpty() || served.isEmpty() ? "" : "; ") + served;
    }

    private String withTtl() {
        String atime = options.lazyAtime() && options.kinds().contains(CacheKind.GETATTR) ? ", and so may access times" : "";
        return names(options.kinds()) + ": what changes behind the daemon's back, or under another name of a node, may stay unseen for "
                + seconds(options.ttl()) + " s" + atime;
    }

    String toJson() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("mountpoint", mountPoint.toString());
        all.put("connection", connection);
        all.put("extension", "cache");
        all.put("ttl", options.ttl().isZero() ? null : options.ttl().toNanos() / NANOS);
        all.put("kinds", EnumSet.copyOf(options.kinds()).stream().map(CacheKind::toString).toList());
        all.put("not_served", options.notServed().stream().map(CacheKind::toString).toList());
        all.put("lazy_atime", options.lazyAtime());
        all.put("memory", options.memory());
        all.put("max_entries", options.entries());
        return Json.line(all);
    }

    private static String seconds(Duration duration) {
        String text = Double.toString(duration.toNanos() / NANOS);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    private static String names(Collection<CacheKind> kinds) {
        return EnumSet.copyOf(kinds).stream().map(CacheKind::toString).collect(Collectors.joining(", "));
    }
}
