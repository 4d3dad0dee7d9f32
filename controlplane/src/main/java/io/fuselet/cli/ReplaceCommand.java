// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.BpfException;
import io.fuselet.broker.Json;
import io.fuselet.broker.RpcClient;
import io.fuselet.broker.RpcException;
import io.fuselet.broker.Sockets;
import io.fuselet.extension.Pins;
import io.fuselet.extension.Privileges;
import io.fuselet.extension.Replacement;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Exchanges the programs of a live mount. */
@Command(
        name = "replace",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Puts the extension in FILE in the place of the one at work on MOUNTPOINT, under load: each request is decided by the old programs or by "
                    + "the new ones. Maps, with what they hold, stay. If the new ones cannot be loaded the old ones stay. For root.",
            ""
        })
final class ReplaceCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint;

    @Option(names = "--object", paramLabel = "FILE", description = "eBPF object (default: the installed one of that extension).")
    private Path object;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        int connection = Mounted.at(mountPoint).minor();
        if (!Privileges.ofThisThread().sysAdmin()) {
            throw new UserError(ExitCode.REFUSED, "replacing needs CAP_SYS_ADMIN; run as root");
        }
        if (object != null && !Files.isReadable(Installation.workingDirectory().resolve(object))) {
            throw new UserError(ExitCode.USAGE, "object " + object + " cannot be read");
        }
        Pins pins = Pins.of(connection);
        Path next = object(pins.alive() ? pins.extension() : "stack");
        if (pins.alive()) {
            replaceAttached(pins, next);
        } else {
            replaceMounted(connection, next);
        }
        report(connection, next);
        return ExitCode.OK;
    }

    private Path object(String extension) {
        return object == null ? Installation.objects().resolve(extension + ".bpf.o") : Installation.workingDirectory().resolve(object);
    }

    private void replaceAttached(Pins pins, Path next) throws IOException, UserError {
        try {
            Replacement.of(pins, Installation.objects(), next);
        } catch (BpfException e) {
            throw oldOnesStay(e.getMessage());
        }
    }

    private void replaceMounted(int connection, Path next) throws UserError {
        try (RpcClient client = RpcClient.connect(Sockets.ofMount(connection))) {
            client.call("replace", Map.of("object", next.toString()));
        } catch (RpcException e) {
            throw oldOnesStay(e.getMessage());
        } catch (IOException e) {
            throw new UserError(ExitCode.FAILURE, "no process of this user serves " + mountPoint + ", and nothing is attached to it");
        }
    }

    private static UserError oldOnesStay(String reason) {
        return new UserError(ExitCode.OBJECT, "the old programs stay: " + reason);
    }

    private void report(int connection, Path next) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? Json.line(done(mountPoint, connection, next)) : mountPoint + ": programs of " + next);
        out.flush();
    }

    static Map<String, Object> done(Path mountPoint, int connection, Path object) {
        Map<String, Object> done = new LinkedHashMap<>();
        done.put("mountpoint", mountPoint.toString());
        done.put("connection", connection);
        done.put("object", object.toString());
        return done;
    }
}
