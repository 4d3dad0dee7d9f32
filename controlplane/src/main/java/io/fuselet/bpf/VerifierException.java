// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

/** The verifier refused a program. The message carries the last meaningful line of its log; {@link #log} is all of it. */
public final class VerifierException extends BpfException {
    private final ProgramSpec program;
    private final String log;

    VerifierException(String object, ProgramSpec program, String log, int errno) {
        super("verifier refused " + object + "/" + shortName(program) + ": " + reason(log, errno), errno, null);
        this.program = program;
        this.log = log;
    }

    public ProgramSpec program() {
        return program;
    }

    public String log() {
        return log;
    }

    /** The last part of the section, which is what the program handles. */
    private static String shortName(ProgramSpec program) {
        return program.section().substring(program.section().lastIndexOf('/') + 1);
    }

    private static String reason(String log, int errno) {
        String summary = VerifierLog.summary(log);
        return summary.isEmpty() ? describe(errno) : summary;
    }
}
