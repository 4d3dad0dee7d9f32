// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Files made, rewritten, moved and removed through a mount until that ends, with the memory of what every acknowledged step
 * promises. Used by one thread at a time.
 */
final class AckedFiles {
    private static final int BLOCK = 4096;
    private static final int FILES = 200;
    private static final int REMOVED = 0;

    private final Random random;
    /** What each file holds, by the seed of its content; {@link #REMOVED} where there is none. */
    private final int[] acked = new int[FILES];
    /** The file that the step under way concerns, and what it will hold. */
    private int touched;
    private int intended;
    private int steps;

    AckedFiles(long seed) {
        random = new Random(seed);
    }

    /** Takes one step and reads back what it promised. */
    void step(Path directory) throws IOException {
        touched = random.nextInt(FILES);
        boolean exists = acked[touched] != REMOVED;
        boolean remove = exists && random.nextInt(4) == 0;
        intended = remove ? REMOVED : ++steps;
        Path file = directory.resolve("file" + touched);
        if (remove) {
            Files.delete(file);
        } else if (exists && random.nextBoolean()) {
            Files.write(file, content(intended), StandardOpenOption.WRITE);
        } else {
            Path fresh = directory.resolve("new" + touched);
            Files.write(fresh, content(intended));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }
        acked[touched] = intended;
        check(directory, touched, List.of(intended));
    }

    int steps() {
        return steps;
    }

    /** Checks that a directory holds what was acknowledged; the step that failed may have happened or not. */
    void check(Path directory) throws IOException {
        for (int i = 0; i < FILES; i++) {
            List<Integer> allowed = new ArrayList<>(List.of(acked[i]));
            if (i == touched) {
                allowed.add(intended);
            }
            check(directory, i, allowed);
        }
    }

    private static void check(Path directory, int number, List<Integer> allowed) throws IOException {
        Path file = directory.resolve("file" + number);
        byte[] found;
        try {
            found = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            found = new byte[0];
        }
        byte[] held = found;
        assertThat(allowed).as(file + " holds what was acknowledged").anyMatch(seed -> Arrays.equals(content(seed), held));
    }

    /** Of one length, so that a rewritten file holds the one or the other. */
    private static byte[] content(int seed) {
        return seed == REMOVED ? new byte[0] : SampleTree.content(seed, BLOCK);
    }
}
