// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

/**
 * What became of the requests of one opcode while a program was attached.
 *
 * @param pass queued to the daemon
 * @param reply answered by a program
 * @param redirect performed on a backing object
 * @param error failed by a program
 * @param refused verdicts that the kernel did not accept
 * @param bound nodes bound to their lower object
 * @param unbound binds that the kernel did not accept
 */
public record Counts(long pass, long reply, long redirect, long error, long refused, long bound, long unbound) {
    public static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0);

    /** Requests that the daemon never saw. */
    public long inKernel() {
        return reply + redirect + error;
    }

    /** What was counted since {@code earlier}. */
    public Counts since(Counts earlier) {
        return new Counts(
                pass - earlier.pass,
                reply - earlier.reply,
                redirect - earlier.redirect,
                error - earlier.error,
                refused - earlier.refused,
                bound - earlier.bound,
                unbound - earlier.unbound);
    }
}
