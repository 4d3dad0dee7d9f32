// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a rule does to what it covers. */
public enum Effect {
    /** Nothing: later rules are not asked. */
    ALLOW(0),
    /** Refuses changes of contents, attributes and names. */
    READ_ONLY(NodeFlags.DENY_WRITE),
    /** Refuses that too, and reading, listing and searching. */
    DENY(NodeFlags.DENY_READ | NodeFlags.DENY_WRITE),
    /** As if it were not there. */
    HIDE(NodeFlags.DENY_READ | NodeFlags.DENY_WRITE | NodeFlags.HIDE),
    /** Allows, and tells. */
    AUDIT(NodeFlags.AUDIT);

    private final int flags;

    Effect(int flags) {
        this.flags = flags;
    }

    /** As {@link NodeFlags}. */
    int flags() {
        return flags;
    }

    /** The effect of that name, as {@link #toString} has it. */
    static Optional<Effect> of(String name) {
        return Arrays.stream(values()).filter(effect -> effect.toString().equals(name)).findFirst();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
