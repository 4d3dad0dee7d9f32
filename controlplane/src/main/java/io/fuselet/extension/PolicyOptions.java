// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.policy.AuditSink;
import io.fuselet.policy.Policy;

/**
 * Under which rules a tree is mounted.
 *
 * @param audit where audited operations are told
 */
public record PolicyOptions(Policy policy, AuditSink audit) {}
