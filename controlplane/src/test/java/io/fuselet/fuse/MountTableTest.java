// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountTableTest {
    private static final String TEXT = """
            22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
            40 22 0:33 / /mnt/a\\040b\\134c rw,nosuid shared:7 master:2 - fuse.fuselet /srv/x - y rw,user_id=0
            41 22 0:34 / /mnt/plain rw - fuse none rw
            42 22 0:35 / /mnt/over rw - tmpfs none rw
            43 22 0:36 / /mnt/over rw - fuseblk none rw
            nonsense
            """;

    private final MountTable table = MountTable.parse(TEXT);

    @Test
    void namesAreUnescaped() {
        assertThat(table.at(Path.of("/mnt/a b\\c"))).contains(new MountTable.Entry(33, "/mnt/a b\\c", "fuse.fuselet"));
    }

    @Test
    void theTopmostMountIsSeen() {
        assertThat(table.at(Path.of("/mnt/over"))).get().extracting(MountTable.Entry::minor).isEqualTo(36);
    }

    @Test
    void fuseIsToldFromItsLikes() {
        assertThat(table.at(Path.of("/mnt/plain")).orElseThrow().isFuse()).isTrue();
        assertThat(table.at(Path.of("/mnt/over")).orElseThrow().isFuse()).isFalse();
    }

    @Test
    void aDirectoryThatIsNoMountPointIsNotThere() {
        assertThat(table.at(Path.of("/mnt"))).isEmpty();
    }

    @Test
    void thisProcessHasARoot() throws Exception {
        assertThat(MountTable.read().at(Path.of("/"))).isPresent();
    }
}
