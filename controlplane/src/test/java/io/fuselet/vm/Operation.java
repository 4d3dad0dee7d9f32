// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.stackfs.StackOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Something to do in a directory whose entries the kernel knows, of which the daemon is to hear nothing. It does not list directories:
 * after names had to be looked up the kernel lets the daemon do that.
 *
 * @param name of the directory it is done in, filled by {@link #fill}
 * @param redirected opcodes that the kernel has to redirect at least once
 * @param work what it does; returns what came of it
 */
record Operation(String name, List<String> redirected, Work work) {
    /** Names that do not exist are the daemon's to tell, and what the kernel drops it has to be told. */
    private static final Set<String> UNAVOIDABLE = Set.of("LOOKUP", "FORGET", "BATCH_FORGET");

    private static final int SIZE = 70_000;

    interface Work {
        List<String> run(Directory directory) throws Exception;
    }

    /** The scratch file systems without timeouts of attributes, and one where only invalidation keeps them right. */
    static Stream<Setting> settings() {
        return Stream.of(new Setting("tmpfs", 0), new Setting("ext4", 0), new Setting("xfs", 0), new Setting("ext4", 3600));
    }

    /** @param attrSeconds how long attributes may be cached; names may be for an hour */
    record Setting(String fileSystem, int attrSeconds) {
        @Override
        public String toString() {
            return fileSystem + ", attributes cached for " + attrSeconds + " s";
        }
    }

    /** Does each on a mount and on a tree beside it, and compares all there is. */
    static void runAll(Setting setting, List<Operation> operations) throws Exception {
        StackOptions options = StackOptions.DEFAULT.withTimeouts(3600, setting.attrSeconds());
        BothSides.serve(setting.fileSystem(), options, directory -> {
            for (Operation operation : operations) {
                fill(Files.createDirectory(directory.resolve(operation.name)));
            }
        }, sides -> {
            sides.warm();
            for (Operation operation : operations) {
                operation.check(sides, setting.attrSeconds() == 0);
            }
        });
    }

    /** A file, another with an attribute, a link to each, and directories with something and nothing in them. */
    private static void fill(Path directory) {
        try (Directory d = Directory.open(directory)) {
            d.write("file", SampleTree.content(1, SIZE));
            d.write("other", SampleTree.content(2, SIZE / 2));
            SampleTree.setAttribute(d, "other", "user.comment", SampleTree.content(3, 20));
            d.symlink("file", "symlink");
            d.link("other", "hardlink");
            d.mkdir("empty", 0755);
            d.mkdir("full", 0755);
            try (Directory full = d.open("full")) {
                full.write("inner", SampleTree.content(4, 10));
            }
        }
    }

    private void check(BothSides sides, boolean attributesAreAsked) throws Exception {
        Path above = sides.above().resolve(name);
        RequestCounts before = RequestCounts.of(sides.mount());
        List<String> result = runIn(above);
        RequestCounts counts = RequestCounts.of(sides.mount()).since(before);

        assertThat(result).as("results of " + name).isEqualTo(runIn(sides.reference().resolve(name)));
        assertThat(needless(counts.daemon())).as("what reached the daemon by " + name).isEmpty();
        assertThat(needless(counts.passed())).as("what the kernel passed by " + name).isEmpty();
        for (String opcode : redirected) {
            if (attributesAreAsked) {
                assertThat(counts.kernel(opcode).redirect()).as(opcode + " redirected by " + name).isPositive();
            }
            assertThat(counts.kernel(opcode).refused()).as(opcode + " refused by " + name).isZero();
        }
        TreeComparison.assertEqual(sides.below().resolve(name), above);
        assertThat(TreeComparison.shape(above)).as("tree after " + name).isEqualTo(TreeComparison.shape(sides.reference().resolve(name)));
    }

    private List<String> runIn(Path path) throws Exception {
        try (Directory directory = Directory.open(path)) {
            return work.run(directory);
        }
    }

    private static Map<String, Long> needless(Map<String, Long> counts) {
        Map<String, Long> rest = new TreeMap<>(counts);
        rest.keySet().removeAll(UNAVOIDABLE);
        return rest;
    }
}
