// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Mount options as mount(8) and fstab(5) write them, {@code ro,noatime,tier=plain,allow_other}, turned into this command's long options
 * and mount flags.
 *
 * @param longOptions for example {@code --tier=plain}
 * @param flags those that mount(2) knows, by name
 */
record FstabOptions(List<String> longOptions, Set<String> flags) {
    private static final Set<String> MOUNT_FLAGS = Set.of("ro", "nosuid", "nodev", "noexec", "noatime");
    /** What mount(8) passes on or fstab says to others; nothing to do for it here. */
    private static final Set<String> IGNORED =
            Set.of("rw", "suid", "dev", "exec", "atime", "async", "defaults", "auto", "noauto", "nofail", "_netdev", "user", "nouser", "users");

    private static final Map<String, String> OWN = Map.of(
            "allow_other", "--allow-other",
            "tier", "--tier",
            "object", "--object",
            "entry_timeout", "--entry-timeout",
            "attr_timeout", "--attr-timeout",
            "threads", "--threads",
            "stats", "--stats",
            "count", "--count");

    /** @throws UserError naming the option that is not known */
    static FstabOptions parse(String list) throws UserError {
        List<String> longOptions = new ArrayList<>();
        List<String> flags = new ArrayList<>();
        for (String option : list.split(",")) {
            String name = option.contains("=") ? option.substring(0, option.indexOf('=')) : option;
            if (OWN.containsKey(name)) {
                longOptions.add(OWN.get(name) + option.substring(name.length()));
            } else if (MOUNT_FLAGS.contains(option)) {
                flags.add(option);
            } else if (!option.isEmpty() && !IGNORED.contains(option) && !option.startsWith("x-")) {
                throw new UserError(ExitCode.USAGE, "unknown mount option '" + option + "' in -o; see 'fuselet mount --help' for those that there are");
            }
        }
        return new FstabOptions(List.copyOf(longOptions), Set.copyOf(flags));
    }
}
