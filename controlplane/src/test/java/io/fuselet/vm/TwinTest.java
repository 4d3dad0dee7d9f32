// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.Tier;
import io.fuselet.stackfs.StackOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The twin: random system calls on a native tree and on a mount have the same results. The environment makes it longer:
 * {@code TWIN_SEED}, {@code TWIN_SEEDS} and {@code TWIN_OPS}.
 */
@Tag("vm")
class TwinTest {
    private static final int SEED = number("TWIN_SEED", 1);
    private static final int SEEDS = number("TWIN_SEEDS", 1);
    private static final int OPS = number("TWIN_OPS", 150);

    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#all")
    void agreesWithNative(Scratch scratch) throws Exception {
        for (int seed = SEED; seed < SEED + SEEDS; seed++) {
            Command twin = twin(scratch, "--seed", seed, "--ops", OPS, "--actors", 2);
            assertThat(twin.code()).as(twin.out() + twin.err()).isZero();
        }
    }

    /** Several at a time on the same names: nobody can say what each call should come to, but all of it is what lies below. */
    @ParameterizedTest
    @MethodSource("io.fuselet.vm.Scratch#onDisk")
    void leavesWhatLiesBelow(Scratch scratch) throws Exception {
        Command twin = twin(scratch, "--seed", SEED, "--ops", OPS, "--actors", 4, "--shared");
        assertThat(twin.code()).as(twin.out() + twin.err()).isZero();
    }

    @Test
    void findsAndShortensADifference() throws Exception {
        Command twin = twin(new Scratch("tmpfs", Tier.EXTENSION), "--seed", 7, "--ops", 60, "--plant", 20);
        assertThat(twin.code()).isEqualTo(1);
        assertThat(twin.out()).contains("seed 7", "the sides differ", "shortened to 1 calls", "again: twin --seed 7");
    }

    private static Command twin(Scratch scratch, Object... options) throws Exception {
        Command[] ended = new Command[1];
        scratch.make(natively -> scratch.serve(StackOptions.DEFAULT, TwinTest::open, (mount, below) -> {
            open(natively);
            ended[0] = twin(scratch.tier().toString().toLowerCase(Locale.ROOT), scratch.fileSystem(), List.of(options),
                    natively, mount.path(), below);
        }));
        return ended[0];
    }

    /** Runs the twin, without the calls that are known to differ in that tier and on that file system. */
    static Command twin(String tier, String fileSystem, List<?> options, Path natively, Path above, Path below) throws Exception {
        Path twin = Path.of(System.getProperty("fuselet.home")).resolveSibling("twin");
        List<String> line = new ArrayList<>(List.of(twin.resolve("twin").toString(),
                "--known", twin.resolve("known-differences").toString(),
                "--tier", tier, "--fs", fileSystem));
        options.forEach(option -> line.add(option.toString()));
        line.addAll(List.of(natively.toString(), above.toString(), below.toString()));
        return Command.run(line);
    }

    /** Each tree has users other than the one who makes it. */
    static void open(Path directory) throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    static int number(String variable, int otherwise) {
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? otherwise : Integer.parseInt(value);
    }
}
