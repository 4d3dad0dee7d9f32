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
 * @param policy null if there is a mistake
 */
record PolicyFile(Policy policy, Optional<PolicyException> mistake) {
    /** @throws UserError if the file cannot be read */
    static PolicyFile read(Path file) throws UserError {
        Path path = Installation.workingDirectory().resolve(file);
        if (Files.notExists(path)) {
            throw new UserError(ExitCode.USAGE, "policy " + file + " does not exist; give a YAML file");
        }
        try {
            return new PolicyFile(PolicyReader.read(path), Optional.empty());
        } catch (PolicyException e) {
            return new PolicyFile(null, Optional.of(e));
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
