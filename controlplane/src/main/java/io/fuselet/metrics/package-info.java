// SPDX-License-Identifier: Apache-2.0

/** The kernel's counters of all connections, for Prometheus. What each metric means is in {@code docs/operations.md}. */
package io.fuselet.metrics;
