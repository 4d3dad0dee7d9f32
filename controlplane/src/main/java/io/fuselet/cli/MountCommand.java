// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.EventHub;
import io.fuselet.extension.StackMountOptions;
import io.fuselet.extension.Tier;
import io.fuselet.fuse.FuseServer;
import io.fuselet.fuse.MountOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Mounts a directory tree and serves it. */
@Command(
        name = "mount",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Mounts the directory SOURCE on MOUNTPOINT and serves it until it is unmounted or told to end (SIGTERM, SIGINT).",
            "",
            "It goes as far up the ladder as it can: extension (programs in the kernel answer), passthrough (file data "
                    + "bypasses this process), plain. The tier reached is printed, and the reason for each step not taken.",
            ""
        },
        footerHeading = "%n",
        footer = {
            "-o OPTIONS takes them as fstab has them: ro, suid, dev, allow_other, count, tier=, object=, entry_timeout=, attr_timeout=, locks=, threads=, stats=, policy=, audit=."
        })
final class MountCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "SOURCE", description = "Directory to serve.")
    private Path source;

    @Parameters(index = "1", paramLabel = "MOUNTPOINT", description = "Directory to mount on.")
    private Path mountPoint;

    @Option(names = "--tier", paramLabel = "TIER", description = "Highest tier to try: plain, passthrough or extension (the default).")
    private Tier tier = Tier.EXTENSION;

    @Option(names = "--object", paramLabel = "FILE", description = "eBPF object to use in place of stack.bpf.o. For root.")
    private Path object;

    @Option(names = "--entry-timeout", paramLabel = "SECONDS", description = "How long the kernel keeps names (default: 1).")
    private double entryTimeout = 1;

    @Option(names = "--attr-timeout", paramLabel = "SECONDS", description = "How long the kernel keeps attributes (default: 1).")
    private double attrTimeout = 1;

    @Option(names = "--locks", paramLabel = "WHERE", description = "Where file locks are kept: local, for the mount (the default), or remote, on "
            + "the files below. Not remote in the extension tier.")
    private Locks locks = Locks.LOCAL;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that serve requests (default: two per processor, at least 4).")
    private int threads = FuseServer.defaultWorkers();

    @Option(names = "--allow-other", description = "Let other users in. Through fusermount3 this needs user_allow_other in /etc/fuse.conf.")
    private boolean allowOther;

    @Option(names = "--read-only", description = "Refuse changes.")
    private boolean readOnly;

    @Option(names = "--suid", description = "Honour set-id bits. For root.")
    private boolean suid;

    @Option(names = "--dev", description = "Honour device files. For root.")
    private boolean dev;

    @Option(names = "--count", description = "Let the kernel count requests in the lower tiers too, by a program that passes all of them on.")
    private boolean count;

    @Option(names = "--trace", description = "Measure how long callers wait for this process, for 'fuselet top'. In the extension tier.")
    private boolean trace;

    @Option(names = "--policy", paramLabel = "FILE", description = "Mount under the rules of the policy FILE, see 'fuselet policy check'.")
    private Path policy;

    @Option(names = "--audit", paramLabel = "FILE", description = "Append what the policy audits to FILE (default: standard output, in the foreground).")
    private Path audit;

    @Option(names = "--background", description = "Return once the mount can be used; a process of its own goes on serving it.")
    private boolean background;

    @Option(names = "--stats", paramLabel = "FILE", description = "At the end, write to FILE what 'fuselet status --json' tells before.")
    private Path stats;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        StackMountOptions options = new MountArguments(source, mountPoint, object, threads, entryTimeout, attrTimeout, locks).check(
                new MountOptions().allowOther(allowOther).readOnly(readOnly).suid(suid).dev(dev), tier, count);
        MountPolicy rules = new MountPolicy(policy, audit, background);
        rules.check();
        if (background && !Background.isChild()) {
            return Background.start(spec.commandLine().getOut(), spec.commandLine().getErr());
        }
        EventHub events = new EventHub();
        try (AuditWriter audited = rules.openAudit(spec.commandLine().getOut(), events)) {
            StackMountOptions ruled = options.withPolicy(rules.options(audited)).withTrace(trace);
            return new MountRun(ruled, new MountReport(json), spec.commandLine().getOut(), stats, events).run();
        }
    }
}
