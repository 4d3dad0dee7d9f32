// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.extension.CacheKind;
import io.fuselet.extension.Tier;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** Entry point of the {@code fuselet} command. */
public final class Main {
    private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        chooseLogLevel(arguments);
        return execute(commandLine(), arguments);
    }

    static int execute(CommandLine commandLine, String... arguments) {
        try {
            return commandLine.execute(FstabOptions.expand(List.of(arguments)).toArray(String[]::new));
        } catch (UserError e) {
            return explain(e, commandLine.getErr());
        }
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Fuselet());
        commandLine.setParameterExceptionHandler((e, arguments) -> explain(e));
        commandLine.setExecutionExceptionHandler((e, failed, parsed) -> explain(e, failed.getErr()));
        commandLine.registerConverter(Tier.class, Main::tier);
        commandLine.registerConverter(Locks.class, Main::locks);
        commandLine.registerConverter(CacheKind.class, Main::kind);
        commandLine.registerConverter(MemorySize.class, MemorySize::parse);
        commandLine.registerConverter(MetricsAddress.class, MetricsAddress::parse);
        commandLine.setUsageHelpWidth(100);
        return commandLine;
    }

    private static Tier tier(String name) {
        return Arrays.stream(Tier.values())
                .filter(tier -> tier.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("no tier '" + name + "', only plain, passthrough and extension"));
    }

    private static Locks locks(String name) {
        return Arrays.stream(Locks.values())
                .filter(locks -> locks.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("locks are kept local or remote, not '" + name + "'"));
    }

    private static CacheKind kind(String name) {
        return CacheKind.byName(name).orElseThrow(() -> new TypeConversionException(
                "no kind '" + name + "', only " + Arrays.stream(CacheKind.values()).map(CacheKind::toString).collect(Collectors.joining(", "))));
    }

    private static int explain(ParameterException e) {
        CommandLine command = e.getCommandLine();
        say(command.getErr(), e.getMessage() + "; see '" + command.getCommandSpec().qualifiedName() + " --help'");
        return ExitCode.USAGE;
    }

    private static int explain(Exception e, PrintWriter err) {
        if (e instanceof UserError error) {
            say(err, error.getMessage());
            return error.exitCode();
        }
        say(err, e.getMessage() == null ? e.toString() : e.getMessage());
        return ExitCode.FAILURE;
    }

    private static void say(PrintWriter err, String message) {
        err.println("fuselet: " + message.strip().replaceAll("\\s*\\R\\s*", " "));
        err.flush();
    }

    /** The logger reads its level once, when the first class asks for one, so before picocli could set it. */
    private static void chooseLogLevel(String[] arguments) {
        if (System.getProperty(LOG_LEVEL) == null) {
            System.setProperty(LOG_LEVEL, Arrays.asList(arguments).contains("--verbose") ? "debug" : "warn");
        }
        System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
        System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
    }
}
