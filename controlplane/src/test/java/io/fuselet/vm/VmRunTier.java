// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one tier did with the work.
 *
 * @param wanted the tier asked for
 * @param reached the tier that the mounts got
 * @param reason why not the one asked for, empty if it is
 * @param upcalls requests that the daemons read, by opcode
 * @param passed requests that the kernel says it queued to them, by opcode
 * @param inKernel requests that never reached a daemon, by opcode
 * @param seconds wall time of the work
 * @param checksumsEqual whether all that was read through the mounts equals what lies below
 */
record VmRunTier(
        String wanted,
        String reached,
        String reason,
        Map<String, Long> upcalls,
        Map<String, Long> passed,
        Map<String, Long> inKernel,
        double seconds,
        boolean checksumsEqual) {

    boolean good() {
        return wanted.equals(reached) && checksumsEqual;
    }

    /** As {@code vm-run.json} has it. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("tier", reached);
        map.put("upcalls", upcalls);
        map.put("in_kernel", inKernel);
        map.put("seconds", Math.round(seconds * 10) / 10.0);
        map.put("checksums_equal", checksumsEqual);
        return map;
    }
}
