// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.Tier;
import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.At;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole trees: what is above is what is below. */
@Tag("vm")
class StackTreeTest {
    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#all")
    void whatIsMadeBelowIsSeenAbove(Scratch scratch) throws Exception {
        scratch.serve(StackOptions.DEFAULT, StackTreeTest::make, (mount, below) -> {
            TreeComparison.assertEqual(below, mount.path());
            assertThat(mount.upcalls("READ") > 0).as("this process is asked to read")
                    .isEqualTo(scratch.tier() == Tier.PLAIN);
        });
    }

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#all")
    void whatIsMadeAboveIsSeenBelow(Scratch scratch) throws Exception {
        scratch.serve((below, above) -> {
            make(above);
            TreeComparison.assertEqual(below, above);
            try (Directory directory = Directory.open(above)) {
                change(directory);
            }
            TreeComparison.assertEqual(below, above);
        });
    }

    private static void make(Path path) {
        try (Directory directory = Directory.open(path)) {
            SampleTree.make(directory);
        }
    }

    private static void change(Directory directory) {
        directory.rename("file of 1", "file of 4097", 0);
        directory.rename("another name", "file of 4095", At.RENAME_EXCHANGE);
        directory.rename("names", "deep/d0/names", At.RENAME_NOREPLACE);
        directory.rename("device", "moved device", At.RENAME_WHITEOUT);
        directory.write("file of 70000", SampleTree.content(99, 5000));
        directory.chown("file of 4096", 5, 6);
    }
}
