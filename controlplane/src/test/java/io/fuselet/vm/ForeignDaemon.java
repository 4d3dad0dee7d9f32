// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.KernelCounters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** FUSE daemons as their packages ship them, each told to give timeouts of 0, to stay in the foreground and to log each request. */
enum ForeignDaemon {
    PASSTHROUGH_LL {
        @Override
        List<String> line(Path below, Path above) {
            return List.of(example("passthrough_ll"), "-f", "-d", "-o", "allow_other,xattr,timeout=0,source=" + below, above.toString());
        }
    },
    BINDFS {
        @Override
        List<String> line(Path below, Path above) {
            return List.of("bindfs", "-f", "-d", "-o", HIGH_LEVEL, below.toString(), above.toString());
        }
    },
    PASSTHROUGH {
        @Override
        List<String> line(Path below, Path above) {
            return List.of(example("passthrough"), "-f", "-d", "-o", "allow_other,modules=subdir,subdir=" + below, above.toString());
        }
    },
    SSHFS {
        @Override
        List<String> line(Path below, Path above) throws Exception {
            return List.of("sshfs", "-f", "-o", "debug", "-p", Integer.toString(Sshd.PORT), "-o", "IdentityFile=" + Sshd.start().key()
                    + ",StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null,dir_cache=no,allow_other," + HIGH_LEVEL,
                    "root@127.0.0.1:" + below, above.toString());
        }

        /** Its debug output is of what it asks the server; each LOOKUP and GETATTR is one such request, and some others need one, too. */
        @Override
        void assertAgrees(String log, KernelCounters passed) {
            long attributes = LOGGED_SFTP.matcher(log).results().count();
            long least = passed.of("LOOKUP").pass() + passed.of("GETATTR").pass();
            assertThat(attributes).as("LSTAT and FSTAT").isBetween(least, least + passed.of("ACCESS").pass() + passed.of("OPEN").pass());
        }
    };

    private static final String HIGH_LEVEL = "entry_timeout=0,attr_timeout=0,negative_timeout=0";

    /** What libfuse prints of each request. */
    private static final Pattern LOGGED = Pattern.compile("unique: \\d+, opcode: (\\w+) \\(\\d+\\)");
    /** What sshfs prints of each request to the server. */
    private static final Pattern LOGGED_SFTP = Pattern.compile("(?m)^\\[\\d+\\] (LSTAT|FSTAT|STAT)$");

    /** Checks that the daemon has logged as many requests as the kernel says to have passed to it. */
    void assertAgrees(String log, KernelCounters passed) {
        Map<String, Long> logged = new TreeMap<>();
        LOGGED.matcher(log).results().forEach(request -> logged.merge(request.group(1), 1L, Long::sum));
        for (String opcode : CacheWork.SERVED) {
            assertThat(logged.getOrDefault(opcode, 0L)).as(opcode + " by daemon and kernel").isEqualTo(passed.of(opcode).pass());
        }
    }

    abstract List<String> line(Path below, Path above) throws Exception;

    private static String example(String name) {
        Path program = Path.of(System.getProperty("fuselet.home")).resolveSibling("fuse").resolve(name);
        if (!Files.isExecutable(program)) {
            throw new AssertionError(program + " is missing; vm/fuse-examples compiles it");
        }
        return program.toString();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
