// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

/** Takes events, from several threads; does not block and does not fail. */
@FunctionalInterface
public interface AuditSink {
    void accept(AuditEvent event);
}
