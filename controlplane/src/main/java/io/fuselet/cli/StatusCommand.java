// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fuselet.broker.AttachmentStatus;
import io.fuselet.broker.Json;
import io.fuselet.broker.RpcClient;
import io.fuselet.broker.RpcException;
import io.fuselet.broker.Sockets;
import io.fuselet.extension.Pins;
import io.fuselet.extension.Privileges;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tells how a mount is doing. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Tells the tier of a mount of this user, why it is no higher, and who has answered how many requests; as root, the "
                + "same of a cache that is attached to any FUSE mount.")
final class StatusCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        int connection = Mounted.at(mountPoint).minor();
        Optional<AttachmentStatus> cache = attached(connection);
        JsonNode status = cache.isPresent() ? null : ask(connection);
        PrintWriter out = spec.commandLine().getOut();
        if (cache.isPresent()) {
            out.println(json ? toJson(cache.get()) : mountPoint + ": " + cache.get().toText());
        } else {
            out.println(json ? status : toText(status));
        }
        out.flush();
        return ExitCode.OK;
    }

    /** Empty unless {@code attach} or the broker has put an extension there; only root can tell. */
    private static Optional<AttachmentStatus> attached(int connection) throws IOException {
        if (!Privileges.ofThisThread().sysAdmin()) {
            return Optional.empty();
        }
        Pins.removeStale();
        Pins pins = Pins.of(connection);
        return pins.alive() ? Optional.of(AttachmentStatus.read(pins)) : Optional.empty();
    }

    private String toJson(AttachmentStatus status) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("mountpoint", mountPoint.toString());
        all.putAll(status.toMap());
        return Json.line(all);
    }

    private JsonNode ask(int connection) throws UserError {
        try (RpcClient client = RpcClient.connect(Sockets.ofMount(connection))) {
            return client.call("status", Map.of());
        } catch (RpcException e) {
            throw new UserError(ExitCode.FAILURE, e.getMessage());
        } catch (IOException e) {
            throw new UserError(ExitCode.FAILURE, "no process of this user serves " + mountPoint + ", and no cache is attached to it; ask as the user who mounted it");
        }
    }

    static String toText(JsonNode status) {
        StringBuilder text = new StringBuilder();
        text.append(status.path("source").asText()).append(" on ").append(status.path("mountpoint").asText());
        text.append(": ").append(status.path("tier").asText()).append(" tier");
        status.path("missed").forEach(step ->
                text.append("\n  not ").append(step.path("tier").asText()).append(": ").append(step.path("reason").asText()));
        text.append(String.format(Locale.ROOT, "%n  %-16s %12s %12s", "request", "daemon", "kernel"));
        status.path("upcalls").fieldNames().forEachRemaining(opcode -> text.append(row(status, opcode)));
        status.path("kernel").fieldNames().forEachRemaining(opcode -> {
            if (!status.path("upcalls").has(opcode)) {
                text.append(row(status, opcode));
            }
        });
        return text.toString();
    }

    private static String row(JsonNode status, String opcode) {
        JsonNode kernel = status.path("kernel").path(opcode);
        long inKernel = kernel.path("reply").asLong() + kernel.path("redirect").asLong() + kernel.path("error").asLong();
        return String.format(Locale.ROOT, "%n  %-16s %12d %12d", opcode, status.path("upcalls").path(opcode).asLong(), inKernel);
    }
}
