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

/** Prints events as they happen. */
@Command(
        name = "events",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Prints what happens from now on, one JSON object a line, until interrupted: of MOUNTPOINT what its policy audits, of the broker what it "
                    + "attaches, detaches and replaces for this user.",
            ""
        })
final class EventsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "MOUNTPOINT", description = "Where it is mounted; the broker if left out.")
    private Path mountPoint;

    @Option(names = "--socket", paramLabel = "PATH", description = "The broker's socket (default: /run/fuselet.sock).")
    private Path socket = Sockets.BROKER;

    @Option(names = "--json", description = "Does nothing: events are JSON in any case.")
    private boolean json;

    @Override
    public Integer call() throws UserError {
        Path server = mountPoint == null ? Installation.workingDirectory().resolve(socket) : Sockets.ofMount(Mounted.at(mountPoint).minor());
        try (RpcClient client = RpcClient.connect(server)) {
            client.call("events", Map.of());
            client.follow(this::print);
            return ExitCode.OK;
        } catch (RpcException e) {
            throw new UserError(ExitCode.FAILURE, e.getMessage());
        } catch (IOException e) {
            throw new UserError(ExitCode.FAILURE, mountPoint == null
                    ? "no broker answers on " + socket + "; 'fuselet serve' starts one"
                    : "no process of this user serves " + mountPoint + "; ask as the user who mounted it");
        }
    }

    /** An event as it came; of those that were lost, their number. */
    private void print(JsonNode notification) {
        PrintWriter out = spec.commandLine().getOut();
        boolean lost = notification.path("method").asText().equals("lost");
        out.println(lost ? "{\"lost\":" + notification.at("/params/events").asLong() + "}" : notification.get("params"));
        out.flush();
    }
}
