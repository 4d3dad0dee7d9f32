// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

/**
 * How something went that the ladder wanted tried.
 *
 * @param failure one line, null unless it failed
 */
public record Attempt(State state, String failure) {
    public static final Attempt NOT_MADE = new Attempt(State.NOT_MADE, null);
    public static final Attempt SUCCEEDED = new Attempt(State.SUCCEEDED, null);

    public static Attempt failed(String reason) {
        return new Attempt(State.FAILED, reason);
    }

    public boolean succeeded() {
        return state == State.SUCCEEDED;
    }

    /** Whether it was made, and its outcome. */
    public enum State {
        NOT_MADE,
        SUCCEEDED,
        FAILED
    }
}
