// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.BrokerMethods;
import io.fuselet.broker.Limits;
import io.fuselet.broker.Listener;
import io.fuselet.broker.Quota;
import io.fuselet.broker.RpcServer;
import io.fuselet.broker.Sockets;
import io.fuselet.extension.Privileges;
import io.fuselet.metrics.MetricsServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the broker. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Attaches extensions for daemons of ordinary users, who hand over their /dev/fuse through a unix socket. For root; ends by SIGTERM.",
            "",
            "What is attached stays when it ends, and is found again by the next one. Started by systemd it serves the socket that it is given.",
            ""
        })
final class ServeCommand implements Callable<Integer> {
    private static final String EVERYBODY = "rw-rw-rw-";

    @Spec
    private CommandSpec spec;

    @Option(names = "--socket", paramLabel = "PATH", description = "Where to listen (default: /run/fuselet.sock).")
    private Path socket = Sockets.BROKER;

    @Option(names = "--metrics", paramLabel = "[ADDRESS:]PORT", description = "Serve the kernel's counters of all mounts to Prometheus, on the "
            + "loopback interface unless an address is given (default: not at all).")
    private MetricsAddress metrics;

    @Override
    public Integer call() throws Exception {
        if (!Privileges.ofThisThread().sysAdmin()) {
            throw new UserError(ExitCode.REFUSED, "the broker needs CAP_SYS_ADMIN; run as root");
        }
        MetricsServer scraped = metrics == null ? null : startMetrics();
        RpcServer server = RpcServer.start(listener(), Limits.BROKER,
                BrokerMethods.of(Installation.objects(), Installation.launcher(), Quota.DEFAULT));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            Runtime.getRuntime().halt(ExitCode.OK);
        }, "fuselet-end"));
        PrintWriter out = spec.commandLine().getOut();
        out.println("fuselet: serving" + (scraped == null ? "" : ", metrics on port " + scraped.port()));
        out.flush();
        server.awaitEnd();
        return ExitCode.OK;
    }

    /** Ends with this process. */
    private MetricsServer startMetrics() throws UserError {
        try {
            return MetricsServer.start(metrics.address());
        } catch (IOException e) {
            throw new UserError(ExitCode.ENVIRONMENT, "cannot serve metrics on " + metrics.address() + ": " + e.getMessage());
        }
    }

    private Listener listener() throws UserError {
        try {
            Optional<Listener> inherited = Listener.inherited(System.getenv(), ProcessHandle.current().pid());
            return inherited.isPresent() ? inherited.get() : Listener.bind(Installation.workingDirectory().resolve(socket), EVERYBODY);
        } catch (IOException e) {
            throw new UserError(ExitCode.ENVIRONMENT, "cannot listen on " + socket + ": " + e.getMessage());
        }
    }
}
