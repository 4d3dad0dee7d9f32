// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.Pins;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code fuselet attach} and {@code detach} refuse, each in one line, and what they say when they do less than one may expect. */
@Tag("vm")
@Timeout(600)
class CacheRefusalsTest {
    private static final int REFUSED = 4;

    private interface Work {
        void accept(ForeignMount mount) throws Exception;
    }

    @Test
    void withoutTtlOneLineSaysWhatIsNotServed() throws Exception {
        serve(mount -> {
            Command attach = attach(mount.path());
            assertThat(attach.code()).as(attach.err()).isZero();
            assertThat(attach.out().lines().filter(line -> line.contains("not served without --ttl")))
                    .singleElement().asString().contains("readlink, statfs, getxattr, listxattr, access");
            assertThat(Pins.of(mount.connection()).detach()).isTrue();
        });
    }

    @Test
    void onlyRootAttachesAndDetaches() throws Exception {
        serve(mount -> {
            assertRefused(Command.fuseletAs("nobody", "attach", mount.path(), "--extension", "cache"), "needs CAP_SYS_ADMIN; run as root");
            assertRefused(Command.fuseletAs("nobody", "detach", mount.path()), "needs CAP_SYS_ADMIN; run as root");
        });
    }

    @Test
    void whatIsNoFuseMountIsRefused() throws Exception {
        Path directory = Files.createTempDirectory("ordinary");
        for (Path path : List.of(directory, Path.of("/scratch/tmpfs"))) {
            Command attach = attach(path);
            assertThat(attach.code()).as(path + ": " + attach.out()).isNotZero();
            assertThat(attach.err()).hasLineCount(1).contains(path.toString());
        }
    }

    private static Command attach(Path mountPoint) throws Exception {
        return Command.fuselet("attach", mountPoint, "--extension", "cache");
    }

    private static void assertRefused(Command command, String why) {
        assertThat(command.code()).as(command.out() + command.err()).isEqualTo(REFUSED);
        assertThat(command.err()).hasLineCount(1).contains(why);
    }

    private static void serve(Work work) throws Exception {
        new Scratch("tmpfs", null).make(below -> {
            try (ForeignMount mount = ForeignMount.of(ForeignDaemon.PASSTHROUGH_LL, below)) {
                work.accept(mount);
            }
        });
    }
}
