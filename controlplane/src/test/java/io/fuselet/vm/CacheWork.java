// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Work that repeats itself, each a shell script to run in a directory that {@link #prepare} has filled. */
enum CacheWork {
    LIST("ls -lR", "ls -lR >/dev/null"),
    FIND("find", "find . -type f -size +1k >/dev/null"),
    GIT_STATUS("git status", "cd repo && git -c safe.directory='*' --no-optional-locks status --porcelain"),
    MISSING_NAMES("include search", "for h in {1..20}; do for d in d1 d2 d3 .; do [ ! -e $d/header$h.h ] || exit 1; done; done"),
    ATTRIBUTES("attributes", "getfattr -R -d -m - . >/dev/null; for f in d?/*; do [ -r $f ] && [ -e $f ] || exit 1; done; stat -f . d? >/dev/null");

    /** Requests that the cache serves. */
    static final List<String> SERVED = List.of("LOOKUP", "GETATTR", "READLINK", "GETXATTR", "LISTXATTR", "ACCESS", "STATFS");

    private static final String TREE = """
            set -e
            umask 022
            for d in d1 d2 d3; do
                mkdir $d
                for f in {1..6}; do echo $d $f >$d/file$f; done
                head -c 5000 /dev/zero >$d/large
                ln -s file1 $d/symlink
                setfattr -n user.some -v value $d/file1
            done
            git init -q repo
            cp -r d? repo
            cd repo
            git config user.name Somebody
            git config user.email somebody@localhost
            git add -A
            git commit -q -m all
            """;

    private final String title;
    private final String script;

    CacheWork(String title, String script) {
        this.title = title;
        this.script = script;
    }

    static void prepare(Path directory) throws Exception {
        Command made = Command.shell(directory, TREE);
        assertThat(made.code()).as(made.err()).isZero();
    }

    void run(Path directory, int times) throws Exception {
        Command done = Command.shell(directory, "for again in $(seq " + times + "); do (" + script + ") || exit 1; done");
        assertThat(done.code()).as(title + ": " + done.out() + done.err()).isZero();
        assertThat(done.out()).as(title).isEmpty();
    }

    static List<CacheWork> all() {
        return Arrays.asList(values());
    }

    @Override
    public String toString() {
        return title;
    }
}
