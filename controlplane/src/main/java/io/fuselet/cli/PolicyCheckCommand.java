// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.Json;
import io.fuselet.policy.Policy;
import io.fuselet.policy.TreePath;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads a policy and tells what it does to paths. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Reads the policy FILE, and tells for each PATH which rule decides about it. Nothing is mounted, and no path need exist.",
            "",
            "A mistake in the policy is told with its line and column (exit code 2).",
            ""
        })
final class PolicyCheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "Policy, in YAML.")
    private Path file;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "PATH", description = "Path from the root of the mount; '..' is not resolved.")
    private List<String> paths = List.of();

    @Option(names = "--uid", paramLabel = "UID", description = "File system user id of the caller (default: 0).")
    private long uid;

    @Option(names = "--gid", paramLabel = "GID", description = "File system group id of the caller (default: 0).")
    private long gid;

    @Option(names = "--json", description = "Print one JSON object instead of text, also for a mistake.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Identity caller = new Identity(id("--uid", uid), id("--gid", gid));
        List<TreePath> checked = checkedPaths();
        PolicyFile read = PolicyFile.read(file);
        PrintWriter out = spec.commandLine().getOut();
        if (read.mistake().isPresent() && !json) {
            throw new UserError(ExitCode.USAGE, read.mistake().get().getMessage());
        }
        if (read.mistake().isPresent()) {
            out.println(Json.line(PolicyExplanation.mistake(file, read.mistake().get())));
        } else {
            explain(read.policy(), checked, caller, out);
        }
        out.flush();
        return read.mistake().isPresent() ? ExitCode.USAGE : ExitCode.OK;
    }

    /** Whose rights are asked for. */
    private record Identity(int uid, int gid) {}

    private void explain(Policy policy, List<TreePath> checked, Identity caller, PrintWriter out) {
        List<PolicyExplanation> explanations = checked.stream().map(path -> PolicyExplanation.of(policy, path, caller.uid, caller.gid)).toList();
        if (json) {
            out.println(Json.line(PolicyExplanation.toJson(file, policy, explanations)));
        } else if (explanations.isEmpty()) {
            out.println(file + ": " + (policy.rules().size() == 1 ? "1 rule" : policy.rules().size() + " rules") + ", no mistake");
        } else {
            explanations.forEach(explanation -> out.println(explanation.toText(file)));
        }
    }

    private List<TreePath> checkedPaths() throws UserError {
        List<TreePath> checked = new ArrayList<>();
        for (String path : paths) {
            try {
                checked.add(TreePath.parse(path));
            } catch (IllegalArgumentException e) {
                throw new UserError(ExitCode.USAGE, path + ": " + e.getMessage());
            }
        }
        return checked;
    }

    private static int id(String option, long id) throws UserError {
        if (id < 0 || id > 0xfffffffeL) {
            throw new UserError(ExitCode.USAGE, option + " is " + id + "; give a number from 0 to 4294967294");
        }
        return (int) id;
    }
}
