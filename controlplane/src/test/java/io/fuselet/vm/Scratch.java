// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fuselet.extension.Tier;
import io.fuselet.stackfs.StackOptions;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.stream.Stream;

/** A directory of its own on one of the guest's scratch file systems, to be served in one tier. */
record Scratch(String fileSystem, Tier tier) {
    private static final StackOptions NO_TIMEOUTS = StackOptions.DEFAULT.withTimeouts(0, 0);

    static Stream<Scratch> all() {
        return Stream.of("tmpfs", "ext4", "xfs").flatMap(Scratch::tiers);
    }

    /** Every file system and every tier once, for what does not depend on the combination. */
    static Stream<Scratch> each() {
        return Stream.of(new Scratch("tmpfs", Tier.EXTENSION), new Scratch("ext4", Tier.PLAIN),
                new Scratch("xfs", Tier.PASSTHROUGH));
    }

    /** Every tier on a file system that has a disk. */
    static Stream<Scratch> onDisk() {
        return tiers("ext4");
    }

    private static Stream<Scratch> tiers(String fileSystem) {
        return Arrays.stream(Tier.values()).map(tier -> new Scratch(fileSystem, tier));
    }

    /** What to do with the directory and the mount of it. */
    interface Work {
        void accept(Path below, Path above) throws Exception;
    }

    /** Serves an empty directory with timeouts of 0, so that each side sees at once what the other does. */
    void serve(Work work) throws Exception {
        serve(NO_TIMEOUTS, mount -> { }, (mount, below) -> work.accept(below, mount.path()));
    }

    interface Preparation {
        void accept(Path below) throws Exception;
    }

    interface MountWork {
        void accept(TieredMount mount, Path below) throws Exception;
    }

    /** Serves a directory that {@code preparation} has filled. */
    void serve(StackOptions options, Preparation preparation, MountWork work) throws Exception {
        make(below -> {
            preparation.accept(below);
            try (TieredMount mount = TieredMount.of(below, tier, options)) {
                work.accept(mount, below);
            }
        });
    }

    /** Makes a directory and takes it away again. */
    void make(Preparation work) throws Exception {
        Path root = Path.of("/scratch", fileSystem);
        assumeTrue(Files.isDirectory(root), "needs a scratch file system on " + root);
        Path directory = Files.createTempDirectory(root, "lower");
        try {
            work.accept(directory);
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path tree) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public String toString() {
        return fileSystem + ", " + tier;
    }
}
