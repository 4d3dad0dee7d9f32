// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.Tier;
import io.fuselet.stackfs.StackOptions;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two trees filled alike on one file system: one is served in the extension tier, the other is used as it is. What is done to both has to
 * come out the same.
 *
 * @param below the tree that is served
 * @param reference the tree that is not
 */
record BothSides(TieredMount mount, Path below, Path reference) {
    interface Work {
        void accept(BothSides sides) throws Exception;
    }

    static void serve(String fileSystem, StackOptions options, Scratch.Preparation preparation, Work work) throws Exception {
        new Scratch(fileSystem, Tier.PLAIN).make(reference -> {
            preparation.accept(reference);
            new Scratch(fileSystem, Tier.EXTENSION)
                    .serve(options, preparation, (mount, below) -> work.accept(new BothSides(mount, below, reference)));
        });
    }

    Path above() {
        return mount.path();
    }

    /** Makes the kernel know everything in the tree. Twice: what a listing told of counts as known when it was looked up. */
    void warm() {
        TreeComparison.assertEqual(below, above());
        TreeComparison.assertEqual(below, above());
    }

    /** Runs a Python program in a directory of the mount and in that of the reference; returns what both printed. */
    String python(String program) throws Exception {
        String printed = python(above(), program);
        assertThat(printed).as("printed on the mount").isEqualTo(python(reference, program));
        return printed;
    }

    private static String python(Path directory, String program) throws Exception {
        Path file = Files.writeString(Files.createTempFile("program", ".py"), program);
        try {
            Command python = Command.shell(directory, "exec python3 " + file);
            if (python.code() != 0) {
                throw new AssertionError("in " + directory + ": " + python.out() + python.err());
            }
            return python.out();
        } finally {
            Files.delete(file);
        }
    }
}
