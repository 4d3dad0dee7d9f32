// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.util.concurrent.Callable;

/**
 * A named question to the running system with three answers: yes, no, could not tell. Conclusive answers are remembered, the others are
 * asked again. Safe for use by several threads.
 */
public final class Feature {
    private final String name;
    private final Callable<Outcome> question;
    private Outcome known;

    /** @param question asked at most once at a time; an exception means "could not tell" */
    public Feature(String name, Callable<Outcome> question) {
        this.name = name;
        this.question = question;
    }

    public String name() {
        return name;
    }

    public synchronized Outcome outcome() {
        if (known != null) {
            return known;
        }
        Outcome outcome = ask();
        if (outcome.answer() != Answer.UNKNOWN) {
            known = outcome;
        }
        return outcome;
    }

    private Outcome ask() {
        try {
            return question.call();
        } catch (Exception e) {
            return Outcome.unknown(String.valueOf(e.getMessage()));
        }
    }

    /** What is known about a feature. */
    public enum Answer {
        YES,
        NO,
        UNKNOWN
    }

    /** @param detail what was seen, or why it is off or cannot be told; may be empty for yes */
    public record Outcome(Answer answer, String detail) {
        public static Outcome yes(String detail) {
            return new Outcome(Answer.YES, detail);
        }

        public static Outcome no(String why) {
            return new Outcome(Answer.NO, why);
        }

        public static Outcome unknown(String why) {
            return new Outcome(Answer.UNKNOWN, why);
        }
    }
}
