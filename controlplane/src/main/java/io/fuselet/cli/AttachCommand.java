// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.BpfException;
import io.fuselet.extension.CacheAttachment;
import io.fuselet.extension.CacheKind;
import io.fuselet.extension.CacheOptions;
import io.fuselet.extension.Privileges;
import io.fuselet.fuse.MountTable;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts an extension on a mount that some other program serves. */
@Command(
        name = "attach",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Puts an extension on a FUSE mount of any daemon (sshfs, bindfs, ...), which is neither changed nor told. It stays until "
                    + "'fuselet detach', or the end of the mount. For root.",
            "",
            "The extension cache answers requests from the daemon's earlier replies, for as long as the daemon's timeouts or --ttl allow.",
            ""
        })
final class AttachCommand implements Callable<Integer> {
    private static final String CACHE = "cache";
    /** A year; staleness beyond that is no cache. */
    private static final int MOST_SECONDS = 31_536_000;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where the file system is mounted.")
    private Path mountPoint;

    @Option(names = "--extension", paramLabel = "NAME", required = true, description = "What to attach: cache.")
    private String extension;

    @Option(names = "--ttl", paramLabel = "SECONDS", description = "Serve replies for so long, also those that carry no timeout or a shorter "
            + "one: what changes behind the daemon's back stays unseen for that time. Without it only the daemon's own timeouts count.")
    private Double ttl;

    @Option(names = "--kinds", paramLabel = "KIND", split = ",", description = "Requests to serve: lookup, getattr, readlink, statfs, getxattr, "
            + "listxattr, access (default: all).")
    private List<CacheKind> kinds = List.of(CacheKind.values());

    @Option(names = "--memory", paramLabel = "SIZE", description = "What the entries may take, with K, M or G (default: 64M).")
    private MemorySize memory = new MemorySize(CacheOptions.DEFAULT_MEMORY);

    @Option(names = "--strict-atime", description = "Ask the daemon for attributes after each access, so that access times are seen to move.")
    private boolean strictAtime;

    @Option(names = "--trace", description = "Measure how long callers wait for the daemon, for 'fuselet top'.")
    private boolean trace;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        CacheOptions options = check();
        MountTable.Entry mount = Mounted.at(mountPoint);
        if (!Privileges.ofThisThread().sysAdmin()) {
            throw new UserError(ExitCode.REFUSED, "attaching needs CAP_SYS_ADMIN; run as root");
        }
        try (Fd root = open()) {
            CacheAttachment.attach(root.number(), mount.minor(), Installation.objects(), options, trace);
        } catch (BpfException e) {
            throw AttachRefusal.explain(e, mountPoint, mount.minor());
        }
        PrintWriter out = spec.commandLine().getOut();
        AttachReport report = new AttachReport(mountPoint, mount.minor(), options);
        out.println(json ? report.toJson() : report.toText());
        out.flush();
        return ExitCode.OK;
    }

    private CacheOptions check() throws UserError {
        if (!extension.equals(CACHE)) {
            throw usage("no extension '" + extension + "' can be attached to a mount, only cache");
        }
        if (ttl != null && !(ttl > 0 && ttl <= MOST_SECONDS)) {
            throw usage("--ttl is " + ttl + "; give seconds, more than 0 and up to " + MOST_SECONDS);
        }
        if (memory.bytes() < CacheOptions.LEAST_MEMORY || memory.bytes() > CacheOptions.MOST_MEMORY) {
            throw usage("--memory is " + memory.bytes() + " bytes; give 1536 to 64G");
        }
        return new CacheOptions(
                EnumSet.copyOf(kinds),
                ttl == null ? Duration.ZERO : Duration.ofNanos(Math.max(1, (long) (ttl * 1e9))),
                memory.bytes(),
                !strictAtime);
    }

    /** Of the mount itself: with O_PATH the daemon, which may be stuck, is not asked. */
    private Fd open() throws UserError {
        try {
            return new Fd(FileCalls.open(Mounted.path(mountPoint).toString(), Open.O_PATH));
        } catch (ErrnoException e) {
            throw new UserError(ExitCode.REFUSED, "cannot open " + mountPoint + ": " + Errno.describe(e.errno()));
        }
    }

    private static UserError usage(String message) {
        return new UserError(ExitCode.USAGE, message);
    }
}
