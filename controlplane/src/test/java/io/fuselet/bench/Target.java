// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** The most that a call on a bound file may cost with {@code stack} on tmpfs, as a multiple of the native one. */
final class Target {
    private static final Map<String, Double> MOST = new LinkedHashMap<>();

    static {
        MOST.put("stat", 1.45);
        MOST.put("stat-cached", 1.11);
        MOST.put("fstat-after-write", 1.5);
        MOST.put("open-close", 1.7);
        MOST.put("pread-4k", 1.10);
        MOST.put("pwrite-4k", 1.36);
        MOST.put("pread-128k", 1.01);
        MOST.put("getxattr", 1.4);
        MOST.put("readlink", 1.5);
        MOST.put("readdir-100", 1.25);
        MOST.put("chmod", 1.5);
        MOST.put("rename", 2.0);
        MOST.put("unlink", 1.8);
    }

    private Target() {}

    static OptionalDouble of(String name) {
        Double most = MOST.get(name);
        return most == null ? OptionalDouble.empty() : OptionalDouble.of(most);
    }
}
