// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.CacheKind;
import io.fuselet.extension.CacheOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a cached answer may be, and what it may not. */
@Tag("vm")
@Timeout(600)
class CacheCoherenceTest {
    private static final Duration SHORT = Duration.ofMillis(1500);

    private interface Work {
        void accept(ForeignMount mount, Path below) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void changesThroughTheMountAreSeenAtOnce(ForeignDaemon daemon) throws Exception {
        serve(daemon, (mount, below) -> {
            try (AttachedCache cache = AttachedCache.of(mount, AttachedCache.LONG)) {
                Command changed = Command.shell(mount.path(), """
                        fail() { echo "$1"; exit 1; }
                        for pass in 1 2; do
                            [ ! -e new ] || fail 'there before it is made'
                            echo 1 >new; [ -e new ] || fail 'not there after it is made'
                            [ "$(stat -c %s new)" = 2 ] || fail 'size'
                            echo 22 >>new; [ "$(stat -c %s new)" = 5 ] || fail 'size after append'
                            chmod 600 new; [ "$(stat -c %a new)" = 600 ] || fail 'mode'
                            chmod 644 new; [ "$(stat -c %a new)" = 644 ] || fail 'mode again'
                            [ ! -e moved ] || fail 'moved early'
                            mv new moved; [ ! -e new ] || fail 'old name'; [ -e moved ] || fail 'new name'
                            ln -s moved link; [ "$(readlink link)" = moved ] || fail 'link text'
                            [ "$(readlink link)" = moved ] || fail 'link text again'
                            ln -sfn other link; [ "$(readlink link)" = other ] || fail 'changed link text'
                            mkdir dir; [ -d dir ] || fail 'directory'; [ ! -e dir/x ] || fail 'empty'
                            touch dir/x; [ -e dir/x ] || fail 'in directory'
                            rm -r dir; [ ! -e dir ] || fail 'removed directory'
                            truncate -s 100 moved; [ "$(stat -c %s moved)" = 100 ] || fail 'truncated'
                            rm moved link; [ ! -e moved ] || fail 'removed'
                        done
                        """);
                assertThat(changed.code()).as(changed.out() + changed.err()).isZero();
                assertThat(cache.answers().hits()).as("something was served").isPositive();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"BINDFS", "PASSTHROUGH", "PASSTHROUGH_LL"})
    void extendedAttributesToo(ForeignDaemon daemon) throws Exception {
        serve(daemon, (mount, below) -> {
            try (AttachedCache cache = AttachedCache.of(mount, AttachedCache.LONG)) {
                Command changed = Command.shell(mount.path(), """
                        fail() { echo "$1"; exit 1; }
                        value() { getfattr --only-values -n user.a file 2>/dev/null; }
                        long=$(head -c 300 /dev/zero | tr '\\0' x) longer=$(head -c 900 /dev/zero | tr '\\0' y)
                        for pass in 1 2; do
                            [ "$(value)" = '' ] || fail 'there before it is set'
                            for text in short "$long" "$longer" short; do
                                setfattr -n user.a -v "$text" file
                                [ "$(value)" = "$text" ] || fail "value $text"; [ "$(value)" = "$text" ] || fail "value $text again"
                                [ "$(getfattr -m - file | grep -c user.a)" = 1 ] || fail 'list'
                            done
                            setfattr -x user.a file; [ "$(value)" = '' ] || fail 'removed'
                            [ "$(getfattr -m - file | grep -c user.a)" = 0 ] || fail 'list after removal'
                        done
                        """);
                assertThat(changed.code()).as(changed.out() + changed.err()).isZero();
            }
        });
    }

    @Test
    void changesBehindTheDaemonsBackAreSeenWhenTheGrantHasPassed() throws Exception {
        serve(ForeignDaemon.PASSTHROUGH_LL, (mount, below) -> {
            Path file = mount.path().resolve("file");
            Path missing = mount.path().resolve("missing");
            try (AttachedCache cache = AttachedCache.of(mount, SHORT)) {
                long start = System.nanoTime();
                assertThat(Files.size(file)).isEqualTo(4);
                assertThat(missing).doesNotExist();
                Files.writeString(below.resolve("file"), "longer");
                Files.writeString(below.resolve("missing"), "");
                Waiting.until(() -> Files.exists(missing) && size(file) == 6, "a change is never seen");
                assertThat(cache.requests("LOOKUP").reply()).isPositive();
                assertThat(System.nanoTime() - start).as("served as long as granted").isGreaterThanOrEqualTo(SHORT.toNanos());
            }
        });
    }

    @Test
    void withoutGrantNothingIsServedOfADaemonThatGivesNoTimeouts() throws Exception {
        serve(ForeignDaemon.PASSTHROUGH_LL, (mount, below) -> {
            try (AttachedCache cache = AttachedCache.of(mount, Duration.ZERO)) {
                for (int i = 0; i < 3; i++) {
                    assertThat(mount.path().resolve("file")).isRegularFile();
                    assertThat(mount.path().resolve("missing")).doesNotExist();
                    assertThat(Files.readSymbolicLink(mount.path().resolve("symlink"))).hasToString("file");
                }
                for (String opcode : CacheWork.SERVED) {
                    assertThat(cache.requests(opcode).inKernel()).as(opcode).isZero();
                }
                assertThat(cache.answers().entries()).isZero();
                assertThat(cache.answers().refused()).isPositive();
                // Nothing hides a change.
                Files.delete(below.resolve("file"));
                assertThat(mount.path().resolve("file")).doesNotExist();
            }
        });
    }

    @Test
    void onlyTheKindsThatWereAskedForAreServed() throws Exception {
        serve(ForeignDaemon.PASSTHROUGH_LL, (mount, below) -> {
            CacheOptions options = new CacheOptions(EnumSet.of(CacheKind.READLINK), AttachedCache.LONG, CacheOptions.DEFAULT_MEMORY, true);
            try (AttachedCache cache = AttachedCache.of(mount, options)) {
                for (int i = 0; i < 3; i++) {
                    assertThat(Files.readSymbolicLink(mount.path().resolve("symlink"))).hasToString("file");
                    assertThat(mount.path().resolve("missing")).doesNotExist();
                }
                assertThat(cache.requests("READLINK").reply()).isEqualTo(2);
                assertThat(cache.requests("READLINK").pass()).isEqualTo(1);
                assertThat(cache.requests("LOOKUP").inKernel()).isZero();
            }
        });
    }

    /** Without default_permissions the daemon decides about each caller: what it told one is not told to another. */
    @Test
    void anAnswerIsForTheUserWhoAsked() throws Exception {
        serve(ForeignDaemon.PASSTHROUGH, (mount, below) -> {
            try (AttachedCache cache = AttachedCache.of(mount, AttachedCache.LONG)) {
                askTwice(mount);
                long mine = cache.requests("LOOKUP").pass();
                assertThat(cache.requests("LOOKUP").reply()).as("the second time").isPositive();

                AsUser.run(1000, 1000, new int[0], () -> askTwice(mount));
                assertThat(cache.requests("LOOKUP").pass()).as("another user").isEqualTo(mine + 1);
                AsUser.run(1000, 1000, new int[] {4711}, () -> askTwice(mount));
                assertThat(cache.requests("LOOKUP").pass()).as("the same in another group").isEqualTo(mine + 2);
            }
        });
    }

    private static void askTwice(ForeignMount mount) {
        for (int i = 0; i < 2; i++) {
            assertThat(Files.exists(mount.path().resolve("missing"), LinkOption.NOFOLLOW_LINKS)).isFalse();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void serve(ForeignDaemon daemon, Work work) throws Exception {
        new Scratch("tmpfs", null).make(below -> {
            Files.setPosixFilePermissions(below, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.writeString(below.resolve("file"), "text");
            Files.createSymbolicLink(below.resolve("symlink"), Path.of("file"));
            try (ForeignMount mount = ForeignMount.of(daemon, below)) {
                work.accept(mount, below);
            }
        });
    }
}
