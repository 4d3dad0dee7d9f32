// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

/** Takes events, from several threads; does not block and does not fail. */
@FunctionalInterface
public interface AuditSink {
    void accept(AuditEvent event);

    /** Events that were not kept, since the sink was made. */
    default long lost() {
        return 0;
    }
}
