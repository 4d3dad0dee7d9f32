// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

/**
 * A rung that was not reached.
 *
 * @param reason one line, fit for a person
 */
public record MissedStep(Tier tier, String reason) {
    @Override
    public String toString() {
        return tier + ": " + reason;
    }
}
