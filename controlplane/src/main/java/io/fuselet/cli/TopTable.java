// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One table of {@code top}. */
record TopTable(double seconds, List<String> mounts, List<Row> rows) {
    /**
     * @param kernel requests a second that the kernel answered
     * @param daemon requests a second that the daemon was asked
     */
    record Row(String mount, String opcode, double kernel, double daemon) {
        /** What the kernel answered of all. */
        private double percent() {
            return kernel + daemon == 0 ? 0 : 100 * kernel / (kernel + daemon);
        }
    }

    String toText() {
        StringBuilder text = new StringBuilder();
        for (String mount : mounts) {
            text.append(String.format(Locale.ROOT, "%s%n  %-16s %12s %12s %8s%n", mount, "request", "kernel/s", "daemon/s", "kernel"));
            rows.stream().filter(row -> row.mount.equals(mount)).forEach(row -> text.append(String.format(
                    Locale.ROOT, "  %-16s %12.1f %12.1f %7.1f%%%n", row.opcode, row.kernel, row.daemon, row.percent())));
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
                requests.put(row.opcode, Map.of("kernel_per_second", row.kernel, "daemon_per_second", row.daemon));
            }
        }
        return requests;
    }
}
