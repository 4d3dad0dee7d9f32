// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What is to do with policies; it is in the subcommands. */
@Command(
        name = "policy",
        mixinStandardHelpOptions = true,
        description = "Works on policies: rules that say who may do what with which path of a mount.",
        subcommands = {PolicyCheckCommand.class, PolicyReplaceCommand.class},
        synopsisSubcommandLabel = "COMMAND")
final class PolicyCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }
}
