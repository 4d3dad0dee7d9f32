// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gives a live mount another policy. */
@Command(
        name = "replace",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Puts the policy FILE in the place of that of MOUNTPOINT, which was mounted with --policy by this user.",
            "",
            "Each request is judged by the old policy or by the new one, and by the new one when this command has ended. If it cannot be used "
                    + "the old one stays.",
            ""
        })
final class PolicyReplaceCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint;

    @Parameters(index = "1", paramLabel = "FILE", description = "Policy, in YAML.")
    private Path file;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        PolicyFile read = PolicyFile.read(file);
        read.required();
        int connection = Mounted.at(mountPoint).minor();
        String line = send(connection, read.text());
        JsonNode answer = new ObjectMapper().readTree(line);
        if (answer.has("error")) {
            throw new UserError(ExitCode.FAILURE, "the old policy stays: " + answer.get("error").asText());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? line : mountPoint + ": policy of " + answer.get("rules").asInt() + " rules");
        out.flush();
        return ExitCode.OK;
    }

    private String send(int connection, String yaml) throws UserError {
        try {
            return PolicySocket.send(connection, yaml);
        } catch (IOException e) {
            throw new UserError(ExitCode.FAILURE, "no process of this user serves " + mountPoint + " under a policy; ask as the user who mounted it");
        }
    }
}
