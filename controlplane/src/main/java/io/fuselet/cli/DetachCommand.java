// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.BpfException;
import io.fuselet.broker.Json;
import io.fuselet.extension.Pins;
import io.fuselet.extension.Privileges;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Undoes {@code attach}. */
@Command(
        name = "detach",
        mixinStandardHelpOptions = true,
        description = "Takes off a mount what 'fuselet attach' put on it: every request goes to the daemon again. For root.")
final class DetachCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where the file system is mounted.")
    private Path mountPoint;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        int connection = Mounted.at(mountPoint).minor();
        if (!Privileges.ofThisThread().sysAdmin()) {
            throw new UserError(ExitCode.REFUSED, "detaching needs CAP_SYS_ADMIN; run as root");
        }
        detach(connection);
        if (json) {
            Map<String, Object> done = new LinkedHashMap<>();
            done.put("mountpoint", mountPoint.toString());
            done.put("connection", connection);
            PrintWriter out = spec.commandLine().getOut();
            out.println(Json.line(done));
            out.flush();
        }
        return ExitCode.OK;
    }

    private void detach(int connection) throws Exception {
        try {
            if (!Pins.of(connection).detach()) {
                throw new UserError(ExitCode.FAILURE, "nothing is attached to " + mountPoint + "; 'fuselet attach' does that");
            }
        } catch (BpfException e) {
            throw new UserError(ExitCode.REFUSED, "cannot detach from " + mountPoint + ": " + e.getMessage());
        }
    }
}
