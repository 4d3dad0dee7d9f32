// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static io.fuselet.vm.Outcome.done;
import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.At;
import io.fuselet.sys.Errno;
import io.fuselet.sys.Fd;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import io.fuselet.sys.XattrCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lower tree is changed by others: seen as soon as the timeouts promise, and never acted upon in place of what is known. */
@Tag("vm")
@Timeout(600)
class ChangesBelowTest {
    private static final StackOptions NO_TIMEOUTS = StackOptions.DEFAULT.withTimeouts(0, 0);
    private static final StackOptions ONE_SECOND = StackOptions.DEFAULT.withTimeouts(1, 1);
    private static final StackOptions KEEP_NAMES = StackOptions.DEFAULT.withTimeouts(3600, 0);

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void withoutTimeoutsEverythingIsSeenAtOnce(String fileSystem) throws Exception {
        serve(fileSystem, NO_TIMEOUTS, (upper, lower) -> {
            lower.chmod("a", 0600);
            lower.chown("a", 1000, 1001);
            lower.setTimes("a", 1_000_000_000, 5);
            assertThat(identity(upper, "a")).isEqualTo(identity(lower, "a"));

            lower.rename("a", "b", At.RENAME_EXCHANGE);
            assertThat(identity(upper, "a")).isEqualTo(identity(lower, "a"));
            assertThat(identity(upper, "b")).isEqualTo(identity(lower, "b"));

            lower.link("a", "c");
            assertThat(identity(upper, "c")).isEqualTo(identity(lower, "a"));
            TreeCalls.unlinkat(lower.fd(), Directory.bytes("a"), 0);
            assertThat(done(() -> Stat.at(upper.fd(), Directory.bytes("a")))).isEqualTo("errno " + Errno.ENOENT);
            assertThat(upper.names()).isEqualTo(lower.names());

            SampleTree.setAttribute(lower, "b", "user.new", new byte[] {1});
            try (Fd file = upper.openFile("b", Open.O_PATH)) {
                assertThat(TreeComparison.attributes(file)).containsEntry("user.new", "01");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void withTimeoutsItIsSeenWhenTheyHaveEnded(String fileSystem) throws Exception {
        serve(fileSystem, ONE_SECOND, (upper, lower) -> {
            lower.chmod("a", 0600);
            Waiting.until(() -> identity(upper, "a").equals(identity(lower, "a")), "the mode of a does not show");
            lower.rename("a", "b", 0);
            Waiting.until(() -> identity(upper, "b").equals(identity(lower, "b")), "the new b does not show");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void aNameThatIsAnothersByNowIsNotRemoved(String fileSystem) throws Exception {
        serve(fileSystem, KEEP_NAMES, (upper, lower) -> {
            Stat known = Stat.at(upper.fd(), Directory.bytes("a"));
            lower.rename("a", "moved", 0);
            lower.mkdir("a", 0755);

            String removed = done(() -> TreeCalls.unlinkat(upper.fd(), Directory.bytes("a"), 0));

            assertThat(removed).as("to the daemon the name is that of a directory").startsWith("errno");
            assertThat(lower.names()).contains("a", "moved");
            assertThat(Stat.at(lower.fd(), Directory.bytes("moved")).ino()).isEqualTo(known.ino());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void aKnownFileIsTheSameWhereverItMoved(String fileSystem) throws Exception {
        serve(fileSystem, KEEP_NAMES, (upper, lower) -> {
            try (Fd file = upper.openFile("a", Open.O_RDWR); Fd path = upper.openFile("a", Open.O_PATH)) {
                lower.rename("a", "moved", 0);
                lower.write("a", new byte[] {1, 2, 3});
                TreeCalls.fchmod(file.number(), 0604);
                XattrCalls.set(path.number(), Directory.bytes("user.x"), 0, 0, 0);
            }
            assertThat(identity(upper, "a")).as("the name is kept for an hour").isEqualTo(identity(lower, "moved"));
            assertThat(Stat.at(lower.fd(), Directory.bytes("moved")).mode() & 0777).isEqualTo(0604);
            assertThat(Stat.at(lower.fd(), Directory.bytes("a")).mode() & 0777).isNotEqualTo(0604);
        });
    }

    private interface Work {
        void accept(Directory upper, Directory lower) throws Exception;
    }

    private static void serve(String fileSystem, StackOptions options, Work work) throws Exception {
        BothSides.serve(fileSystem, options, ChangesBelowTest::fill, sides -> {
            sides.warm();
            try (Directory upper = Directory.open(sides.above()); Directory lower = Directory.open(sides.below())) {
                work.accept(upper, lower);
            }
        });
    }

    private static void fill(Path directory) throws Exception {
        Files.write(directory.resolve("a"), SampleTree.content(1, 1000));
        Files.write(directory.resolve("b"), SampleTree.content(2, 2000));
    }

    private static String identity(Directory directory, String name) {
        Stat s = Stat.at(directory.fd(), Directory.bytes(name));
        return s.ino() + " " + s.mode() + " " + s.uid() + ":" + s.gid() + " " + s.size() + " " + s.nlink() + " mtime " + s.mtime() + "."
                + s.mtimeNanos() + " ctime " + s.ctime() + "." + s.ctimeNanos();
    }
}
