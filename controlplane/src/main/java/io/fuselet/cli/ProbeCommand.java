// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.Feature;
import io.fuselet.bpf.Feature.Outcome;
import io.fuselet.broker.Json;
import io.fuselet.broker.Machine;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells what this machine offers. */
@Command(
        name = "probe",
        mixinStandardHelpOptions = true,
        description = {
            "Tells what this machine and this user can use: each feature yes, no or unknown, and why.",
            "Asks the kernel itself and never looks at its version; run it as root for all the answers."
        })
final class ProbeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object: {\"features\": {NAME: {\"answer\": ..., \"detail\": ...}}}.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(toJson(Machine.features()));
        } else {
            Machine.features().forEach(feature -> out.println(toText(feature)));
        }
        out.flush();
        return ExitCode.OK;
    }

    static String toText(Feature feature) {
        Outcome outcome = feature.outcome();
        return String.format(Locale.ROOT, "%-22s %-8s %s", feature.name(), Machine.word(outcome.answer()), outcome.detail()).stripTrailing();
    }

    static String toJson(List<Feature> features) {
        return Json.line(Machine.describe(features));
    }
}
