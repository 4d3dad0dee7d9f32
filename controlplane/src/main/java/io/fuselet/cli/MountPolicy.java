// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.EventHub;
import io.fuselet.extension.PolicyOptions;
import io.fuselet.policy.AuditSink;
import io.fuselet.policy.Policy;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The policy that a mount was told of.
 *
 * @param file null for none
 * @param audit where audited operations are told, null for standard output
 */
record MountPolicy(Path file, Path audit, boolean background) {
    /** @throws UserError if the policy is wrong, or has nowhere to tell what it audits */
    void check() throws UserError {
        if (file == null) {
            if (audit != null) {
                throw new UserError(ExitCode.USAGE, "--audit needs a policy; add --policy FILE");
            }
            return;
        }
        if (policy().audits() && audit == null && background) {
            throw new UserError(ExitCode.USAGE, "the policy audits, and in the background nobody reads standard output; add --audit FILE");
        }
    }

    private Policy policy() throws UserError {
        return PolicyFile.read(file).required();
    }

    /** Null without a policy. */
    PolicyOptions options(AuditSink events) throws UserError {
        return file == null ? null : new PolicyOptions(policy(), events);
    }

    /** Null without a policy. */
    AuditWriter openAudit(PrintWriter standardOutput, EventHub events) throws UserError {
        if (file == null) {
            return null;
        }
        if (audit == null) {
            return new AuditWriter(new Unclosed(standardOutput), events);
        }
        try {
            Path path = Installation.workingDirectory().resolve(audit);
            return new AuditWriter(Files.newBufferedWriter(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND), events);
        } catch (IOException e) {
            throw new UserError(ExitCode.USAGE, "audit file " + audit + " cannot be written: " + e.getMessage());
        }
    }

    /** Standard output is not ours to close. */
    private static final class Unclosed extends FilterWriter {
        Unclosed(PrintWriter out) {
            super(out);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
