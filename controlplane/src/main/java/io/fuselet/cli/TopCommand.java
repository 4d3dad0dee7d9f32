// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.Json;
import io.fuselet.fuse.MountTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what mounts are doing now. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows, for each mount with programs in the kernel, how many requests a second the kernel has answered and the daemon was asked, by "
                    + "opcode, until interrupted. For root, who may read the kernel's counters.",
            ""
        })
final class TopCommand implements Callable<Integer> {
    private static final double LEAST_SECONDS = 0.1;
    private static final double MOST_SECONDS = 3600;
    /** ECMA-48: cursor home, erase display. */
    private static final String CLEAR = "\033[H\033[2J";

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "MOUNTPOINT", description = "Only these mounts (default: all).")
    private List<Path> mountPoints = List.of();

    @Option(names = "--interval", paramLabel = "SECONDS", description = "Time between two tables (default: 1).")
    private double interval = 1;

    @Option(names = "--count", paramLabel = "N", description = "End after N tables (default: never).")
    private long count = Long.MAX_VALUE;

    @Option(names = "--json", description = "Print one JSON object a table instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        if (!(interval >= LEAST_SECONDS && interval <= MOST_SECONDS)) {
            throw new UserError(ExitCode.USAGE, "--interval is " + interval + "; give " + LEAST_SECONDS + " to " + (long) MOST_SECONDS + " seconds");
        }
        for (Path mountPoint : mountPoints) {
            Mounted.at(mountPoint);
        }
        Duration pause = Duration.ofNanos((long) (interval * 1e9));
        TopSample before = sample();
        for (long shown = 0; shown < count; shown++) {
            Thread.sleep(pause.toMillis());
            TopSample now = sample();
            show(now.since(before));
            before = now;
        }
        return ExitCode.OK;
    }

    private TopSample sample() throws Exception {
        List<Path> wanted = mountPoints.stream().map(Mounted::path).toList();
        List<MountTable.Entry> mounts = MountTable.read().fuse().stream()
                .filter(mount -> wanted.isEmpty() || wanted.contains(Path.of(mount.point())))
                .toList();
        return TopSample.of(mounts);
    }

    private void show(TopTable table) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(table.toMap()));
        } else {
            out.println((System.console() == null ? "" : CLEAR) + table.toText());
        }
        out.flush();
    }
}
