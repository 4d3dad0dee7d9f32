// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The work that the main job does in every tier, and what it must come out as. */
final class VmRunWork {
    /** Files that are copied to the scratch file system, and those that each tier copies into its mount. */
    private static final int COPIED_FILES = 2000;
    private static final int ADDED_FILES = 200;
    private static final int LARGEST_KIB = 64;
    /** The part of /usr whose contents are read: some thousand files, some ten megabytes. Names and attributes are read of all. */
    private static final String CONTENTS = "share/perl share/zoneinfo";
    private static final int OVERWRITTEN = 100;

    private final Path usr;
    private final Path lower;
    private final Path pristine;
    private final Path mounts;
    private final Map<String, String> expected = new LinkedHashMap<>();

    private VmRunWork(Path usr, Path scratch, Path mounts) {
        this.usr = usr;
        this.lower = scratch.resolve("tree");
        this.pristine = scratch.resolve("pristine");
        this.mounts = mounts;
    }

    /** Copies the scratch tree and does the reading work once without a mount, for the sums to compare with. */
    static VmRunWork prepare(Path usr, Path scratch, Path mounts) throws Exception {
        VmRunWork work = new VmRunWork(usr, scratch, mounts);
        Files.createDirectories(mounts.resolve("usr"));
        Files.createDirectories(mounts.resolve("tree"));
        say("copying %d files of %s to %s", COPIED_FILES, usr, scratch);
        shell(usr, firstFiles("find lib share -xdev -type f -size -" + LARGEST_KIB + "k", COPIED_FILES)
                + " | tar --null -T - -cf - | (mkdir -p " + work.pristine + " && tar -xf - -C " + work.pristine + ")");
        say("the reading work without a mount, for comparison");
        for (Map.Entry<String, String> job : readingJobs().entrySet()) {
            work.expected.put(job.getKey(), shell(usr, job.getValue()));
        }
        return work;
    }

    /** find(1) is ended by SIGPIPE when enough have been taken, which is no failure. */
    private static String firstFiles(String find, int number) {
        return "{ " + find + " -print0 || true; } | head -z -n " + number;
    }

    private static Map<String, String> readingJobs() {
        Map<String, String> jobs = new LinkedHashMap<>();
        jobs.put("find -ls", "find . -xdev -ls | sort | sha256sum");
        jobs.put("du", "du -sk .");
        jobs.put("tar | sha256sum", "tar --sort=name -cf - " + CONTENTS + " | sha256sum");
        jobs.put("grep -r", "grep -rIc license " + CONTENTS + " | sort | sha256sum");
        jobs.put("checksums", "find " + CONTENTS + " -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum");
        return jobs;
    }

    VmRunTier run(String tier) throws Exception {
        shell(Path.of("/"), "rm -rf " + lower + " && cp -a " + pristine + " " + lower);
        String timeouts = "entry_timeout=1,attr_timeout=1";
        try (Daemon readOnly = Daemon.mount(usr, mounts.resolve("usr"), "--tier", tier, "--count", "-o", "ro," + timeouts);
                Daemon readWrite = Daemon.mount(lower, mounts.resolve("tree"), "--tier", tier, "--count", "-o", timeouts)) {
            say("%s: %s", tier, readOnly.report());
            long start = System.nanoTime();
            boolean equal = read(mounts.resolve("usr")) & write(mounts.resolve("tree"));
            double seconds = (System.nanoTime() - start) / 1e9;
            List<JsonNode> states = List.of(settled(readOnly), settled(readWrite));
            String reached = readOnly.tier().equals(readWrite.tier()) ? readOnly.tier() : "mixed";
            return new VmRunTier(
                    tier,
                    reached,
                    readOnly.reason(tier) + readWrite.reason(tier),
                    sum(states, VmRunWork::upcalls),
                    sum(states, state -> Daemon.kernel(state, "pass")),
                    sum(states, state -> Daemon.kernel(state, "reply", "redirect", "error")),
                    seconds,
                    equal);
        }
    }

    private boolean read(Path mount) throws Exception {
        boolean equal = true;
        for (Map.Entry<String, String> job : readingJobs().entrySet()) {
            equal &= timed(job.getKey(), () -> shell(mount, job.getValue()).equals(expected.get(job.getKey())));
        }
        return equal;
    }

    private boolean write(Path mount) throws Exception {
        shell(Path.of("/"), "mkdir -p " + mount + "/added");
        return timed("copy in", () -> {
                    shell(pristine, firstFiles("find . -type f", ADDED_FILES) + " | tar --null -T - -cf - | tar -xf - -C " + mount + "/added");
                    return sums(mount.resolve("added")).equals(sums(lower.resolve("added")));
                })
                & timed("overwrite", () -> {
                    shell(mount, "find added -type f | sed -n 1," + OVERWRITTEN + "p | while read -r f; do printf 'changed' | dd of=\"$f\" conv=notrunc status=none;"
                            + " printf 'and longer' >>\"$f\"; done");
                    return sums(mount.resolve("added")).equals(sums(lower.resolve("added")));
                })
                & timed("mmap reads", () -> MappedRead.sum(mount.resolve("added")).equals(MappedRead.sum(lower.resolve("added"))))
                & timed("checksums on ext4", () -> sums(mount).equals(sums(lower)));
    }

    private static String sums(Path tree) throws Exception {
        return shell(tree, "find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum");
    }

    private interface Job {
        boolean run() throws Exception;
    }

    private static boolean timed(String name, Job job) throws Exception {
        long start = System.nanoTime();
        boolean equal = job.run();
        say("  %-22s %6.1f s%s", name, (System.nanoTime() - start) / 1e9, equal ? "" : "   DIFFERS");
        return equal;
    }

    /** The daemon's state once requests that nobody waits for (RELEASE) have arrived, so that both sides have counted the same. */
    private static JsonNode settled(Daemon daemon) throws Exception {
        JsonNode[] states = new JsonNode[2];
        Waiting.until(() -> {
            try {
                states[0] = states[1];
                states[1] = daemon.status();
                return states[1].equals(states[0]);
            } catch (IOException e) {
                return false;
            }
        }, "the counters do not come to rest");
        return states[1];
    }

    private static Map<String, Long> upcalls(JsonNode state) {
        Map<String, Long> upcalls = new TreeMap<>();
        state.get("upcalls").fields().forEachRemaining(entry -> upcalls.put(entry.getKey(), entry.getValue().asLong()));
        return upcalls;
    }

    private static Map<String, Long> sum(List<JsonNode> states, Function<JsonNode, Map<String, Long>> counts) {
        Map<String, Long> sum = new TreeMap<>();
        states.forEach(state -> counts.apply(state).forEach((opcode, count) -> sum.merge(opcode, count, Long::sum)));
        return sum;
    }

    private static String shell(Path directory, String script) throws Exception {
        Command done = Command.shell(directory, "set -o pipefail; " + script);
        if (done.code() != 0 && !script.startsWith("grep")) {
            throw new IOException("'" + script + "' in " + directory + " failed: " + done.err());
        }
        return done.out();
    }

    private static void say(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }
}
