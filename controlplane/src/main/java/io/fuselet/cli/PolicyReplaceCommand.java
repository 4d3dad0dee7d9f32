// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fuselet.broker.RpcClient;
import io.fuselet.broker.RpcException;
import io.fuselet.broker.Sockets;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
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
        JsonNode answer = send(connection, read.text());
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? answer : mountPoint + ": policy of " + answer.get("rules").asInt() + " rules");
        out.flush();
        return ExitCode.OK;
    }

    private JsonNode send(int connection, String yaml) throws UserError {
        try (RpcClient client = RpcClient.connect(Sockets.ofMount(connection))) {
            return client.call("replace", Map.of("policy", yaml));
        } catch (RpcException e) {
            throw e.code() == RpcException.NOT_FOUND ? nobody() : new UserError(ExitCode.FAILURE, "the old policy stays: " + e.getMessage());
        } catch (IOException e) {
            throw nobody();
        }
    }

    private UserError nobody() {
        return new UserError(ExitCode.FAILURE, "no process of this user serves " + mountPoint + " under a policy; ask as the user who mounted it");
    }
}
