// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.policy.Policy;
import io.fuselet.policy.PolicyException;
import io.fuselet.policy.PolicyReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What came of reading a policy's file: the policy or the mistake in it.
 *
 * @param text all of the file
 * @param policy null if there is a mistake
 */
record PolicyFile(String text, Policy policy, Optional<PolicyException> mistake) {
    /** @throws UserError if the file cannot be read */
    static PolicyFile read(Path file) throws UserError {
        Path path = Installation.workingDirectory().resolve(file);
        if (Files.notExists(path)) {
            throw new UserError(ExitCode.USAGE, "policy " + file + " does not exist; give a YAML file");
        }
        String text = text(path, file);
        try {
            return new PolicyFile(text, PolicyReader.parse(path.toString(), text), Optional.empty());
        } catch (PolicyException e) {
            return new PolicyFile(text, null, Optional.of(e));
        }
    }

    private static String text(Path path, Path file) throws UserError {
        try {
            return PolicyReader.text(path);
        } catch (IOException e) {
            throw new UserError(ExitCode.USAGE, "policy " + file + " cannot be read: " + e.getMessage());
        }
    }

    /** @throws UserError naming the mistake, if there is one */
    Policy required() throws UserError {
        if (mistake.isPresent()) {
            throw new UserError(ExitCode.USAGE, mistake.get().getMessage());
        }
        return policy;
    }
}
