// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command itself; what it does is in its subcommands. */
@Command(
        name = "fuselet",
        description = "FUSE file systems whose repeated requests are answered inside the kernel.",
        subcommands = {ProbeCommand.class, MountCommand.class, UmountCommand.class, AttachCommand.class, DetachCommand.class,
            ReplaceCommand.class, StatusCommand.class,
            TopCommand.class, EventsCommand.class, ServeCommand.class, PolicyCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed for another reason, which the message gives",
            "2:wrong option or argument",
            "3:something is missing on this machine (/dev/fuse, fusermount3, a tool)",
            "4:the kernel or fusermount3 refused to mount, unmount, attach or detach",
            "5:the eBPF object is unusable",
            "6:the connection was aborted while it was served"
        })
final class Fuselet implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Log what is done and what libbpf says, to standard error.")
    private boolean verbose;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }
}
