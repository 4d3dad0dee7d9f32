// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.fuse.BackingFiles;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One backing file for all handles of a node, or none. */
class BackedFilesTest {
    /** What FUSE_DEV_IOC_BACKING_OPEN and _CLOSE would do. */
    private static final class Registry implements BackingFiles {
        private final List<Integer> open = new ArrayList<>();
        private int last;
        private int refusal;
        private boolean refusesPaths;

        @Override
        public int open(int fd) {
            boolean path = (FileCalls.fcntl(fd, FileCalls.F_GETFL, 0) & Open.O_PATH) != 0;
            if (refusal != 0 || refusesPaths && path) {
                throw new ErrnoException("ioctl", refusal != 0 ? refusal : Errno.EBADF);
            }
            open.add(++last);
            return last;
        }

        @Override
        public void close(int backingId) {
            open.remove(Integer.valueOf(backingId));
        }
    }

    @TempDir
    Path below;

    private final Registry registry = new Registry();
    private final BackedFiles backed = new BackedFiles();
    private Tree tree;
    private Pin pin;

    @BeforeEach
    void start() throws Exception {
        Files.createFile(below.resolve("file"));
        tree = new Tree(below.toString(), StackOptions.DEFAULT);
        int fd = FileCalls.open(below.resolve("file").toString(), Open.O_PATH);
        pin = tree.pin(tree.nodes().lookUp(fd, Stat.of(fd), null));
        backed.enable(registry);
    }

    @AfterEach
    void stop() {
        pin.close();
        tree.close();
    }

    @Test
    void handlesShareOneBackingFileUntilTheLastIsReleased() {
        int first = backed.open(tree, pin);

        assertThat(first).isPositive();
        assertThat(backed.open(tree, pin)).isEqualTo(first);
        backed.release(pin.node());
        assertThat(registry.open).containsExactly(first);
        backed.release(pin.node());
        assertThat(registry.open).isEmpty();
    }

    @Test
    void aNodeThatIsOpenUnbackedStaysSo() {
        registry.refusal = Errno.EPERM;
        assertThat(backed.open(tree, pin)).isEqualTo(BackedFiles.UNBACKED);

        registry.refusal = 0;
        assertThat(backed.open(tree, pin)).as("kernel answers EIO to a mixture").isEqualTo(BackedFiles.UNBACKED);

        backed.release(pin.node());
        backed.release(pin.node());
        assertThat(backed.open(tree, pin)).isPositive();
        backed.release(pin.node());
    }

    @Test
    void aKernelThatWantsAReadableDescriptorGetsOne() {
        registry.refusesPaths = true;

        assertThat(backed.open(tree, pin)).isPositive();
        backed.release(pin.node());
        assertThat(registry.open).isEmpty();
    }

    @Test
    void nothingIsBackedUnlessEnabled() {
        assertThat(new BackedFiles().open(tree, pin)).isEqualTo(BackedFiles.UNBACKED);
    }
}
