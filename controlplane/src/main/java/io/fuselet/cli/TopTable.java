// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.extension.Latencies;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One table of {@code top}. */
record TopTable(double seconds, List<String> mounts, List<Row> rows) {
    /**
     * @param kernel requests a second that the kernel answered
     * @param daemon requests a second that the daemon was asked
     * @param waited percentiles of the wait for the daemon since programs were attached, as {@link Latencies#toMap} has them; empty if that is not
     *     measured
     */
    record Row(String mount, String opcode, double kernel, double daemon, Map<String, Long> waited) {
        /** What the kernel answered of all. */
        private double percent() {
            return kernel + daemon == 0 ? 0 : 100 * kernel / (kernel + daemon);
        }

        private String micros(String percentile) {
            return waited.containsKey(percentile) ? Long.toString(waited.get(percentile) / 1000) : "-";
        }

        private Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("kernel_per_second", kernel);
            map.put("daemon_per_second", daemon);
            map.put("wait", waited.isEmpty() ? null : waited);
            return map;
        }
    }

    String toText() {
        StringBuilder text = new StringBuilder();
        for (String mount : mounts) {
            text.append(String.format(Locale.ROOT, "%s%n  %-16s %12s %12s %8s %10s %10s %10s%n", mount, "request", "kernel/s", "daemon/s",
                    "kernel", "p50 us", "p90 us", "p99 us"));
            rows.stream().filter(row -> row.mount.equals(mount)).forEach(row -> text.append(String.format(
                    Locale.ROOT, "  %-16s %12.1f %12.1f %7.1f%% %10s %10s %10s%n", row.opcode, row.kernel, row.daemon, row.percent(), row.micros("p50_ns"),
                    row.micros("p90_ns"), row.micros("p99_ns"))));
        }
        return mounts.isEmpty() ? "no mount has programs in the kernel" : text.toString().stripTrailing();
    }

    Map<String, Object> toMap() {
        Map<String, Object> byMount = new LinkedHashMap<>();
        mounts.forEach(mount -> byMount.put(mount, requests(mount)));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("seconds", seconds);
        all.put("mounts", byMount);
        return all;
    }

    private Map<String, Object> requests(String mount) {
        Map<String, Object> requests = new LinkedHashMap<>();
        for (Row row : rows) {
            if (row.mount.equals(mount)) {
                requests.put(row.opcode, row.toMap());
            }
        }
        return requests;
    }
}
