// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.util.List;

/**
 * Where a mount ended on the ladder.
 *
 * @param missed the rungs above, highest first, each with its reason
 */
public record Decision(Tier tier, List<MissedStep> missed) {
    public Decision {
        missed = List.copyOf(missed);
    }
}
