// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Mount options as mount(8) and fstab(5) write them, {@code -o ro,tier=plain,allow_other}, turned into long options before the command
 * line is parsed.
 */
final class FstabOptions {
    private static final Map<String, String> LONG = Map.ofEntries(
            Map.entry("ro", "--read-only"),
            Map.entry("suid", "--suid"),
            Map.entry("dev", "--dev"),
            Map.entry("allow_other", "--allow-other"),
            Map.entry("count", "--count"),
            Map.entry("tier", "--tier"),
            Map.entry("object", "--object"),
            Map.entry("entry_timeout", "--entry-timeout"),
            Map.entry("attr_timeout", "--attr-timeout"),
            Map.entry("locks", "--locks"),
            Map.entry("threads", "--threads"),
            Map.entry("stats", "--stats"),
            Map.entry("policy", "--policy"),
            Map.entry("audit", "--audit"));
    /** Defaults here, and what fstab says to others than the file system. */
    private static final Set<String> IGNORED = Set.of(
            "rw", "nosuid", "nodev", "exec", "atime", "async", "defaults", "default_permissions", "auto", "noauto", "nofail", "_netdev", "user",
            "nouser", "users");

    private FstabOptions() {}

    /**
     * @return the arguments with each {@code -o LIST} replaced
     * @throws UserError naming an option that is not known
     */
    static List<String> expand(List<String> arguments) throws UserError {
        List<String> expanded = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--")) {
                expanded.addAll(arguments.subList(i, arguments.size()));
                break;
            }
            if (argument.equals("-o") && i + 1 < arguments.size()) {
                expanded.addAll(longOptions(arguments.get(++i)));
            } else if (argument.startsWith("-o")) {
                expanded.addAll(longOptions(argument.substring(2)));
            } else {
                expanded.add(argument);
            }
        }
        return expanded;
    }

    private static List<String> longOptions(String list) throws UserError {
        List<String> options = new ArrayList<>();
        for (String option : list.split(",")) {
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            if (LONG.containsKey(name)) {
                options.add(LONG.get(name) + option.substring(name.length()));
            } else if (!name.isEmpty() && !IGNORED.contains(name) && !name.startsWith("x-")) {
                throw new UserError(ExitCode.USAGE, "unknown mount option '" + name + "' in -o; see 'fuselet mount --help'");
            }
        }
        return options;
    }
}
