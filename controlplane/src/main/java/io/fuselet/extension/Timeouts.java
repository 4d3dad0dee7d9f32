// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.time.Duration;

/** How long the kernel may take names and attributes for granted without asking. */
public record Timeouts(Duration entry, Duration attributes) {
    public static final Timeouts NONE = new Timeouts(Duration.ZERO, Duration.ZERO);
}
