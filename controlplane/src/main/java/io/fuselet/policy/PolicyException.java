// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

/** A policy is wrong. The message is one line: where, what is wrong, what to do. */
public final class PolicyException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Position position;
    private final String problem;

    PolicyException(String file, Position position, String problem) {
        super(file + ":" + position + ": " + problem);
        this.position = position;
        this.problem = problem;
    }

    public Position position() {
        return position;
    }

    /** The message without the place. */
    public String problem() {
        return problem;
    }
}
