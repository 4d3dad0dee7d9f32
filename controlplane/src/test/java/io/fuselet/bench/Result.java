// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/**
 * One figure of {@code results.json}.
 *
 * @param name the case
 * @param upcalls requests that reached the daemon for one call, by opcode
 */
record Result(
        String kernel,
        String lower,
        String system,
        @JsonProperty("case") String name,
        String unit,
        double value,
        Map<String, Double> upcalls) {
    boolean is(String wantedLower, String wantedSystem, String wantedName) {
        return lower.equals(wantedLower) && system.equals(wantedSystem) && name.equals(wantedName);
    }

    double requests() {
        return upcalls.values().stream().mapToDouble(Double::doubleValue).sum();
    }
}
