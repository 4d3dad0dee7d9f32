// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.extension.MountTable.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountTableTest {
    @Test
    void readsALine() throws Exception {
        Entry entry = MountTable.parse("36 25 0:31 / /mnt/tree rw,nosuid,nodev - fuse.fuselet /usr rw,user_id=0,group_id=0");

        assertThat(entry).isEqualTo(new Entry(0, 31, "/mnt/tree", "fuse.fuselet", "/usr"));
        assertThat(entry.isFuse()).isTrue();
    }

    @Test
    void skipsOptionalFields() throws Exception {
        Entry entry = MountTable.parse("25 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw");

        assertThat(entry).isEqualTo(new Entry(254, 0, "/", "ext4", "/dev/vda"));
        assertThat(entry.isFuse()).isFalse();
    }

    @Test
    void undoesEscapes() throws Exception {
        assertThat(MountTable.parse("36 25 0:31 / /mnt/a\\040b\\134c rw - tmpfs none rw").mountPoint()).isEqualTo("/mnt/a b\\c");
    }

    @Test
    void theLastMountIsOnTop() {
        Entry below = new Entry(0, 1, "/mnt", "tmpfs", "none");
        Entry above = new Entry(0, 2, "/mnt", "fuse", "x");

        assertThat(new MountTable(List.of(below, above)).at(Path.of("/mnt"))).contains(above);
        assertThat(new MountTable(List.of(below, above)).at(Path.of("/mn"))).isEmpty();
    }

    @Test
    void readsThisMachine() throws Exception {
        assertThat(MountTable.read().at(Path.of("/"))).isPresent();
    }

    @Test
    void refusesOtherText() {
        assertThatThrownBy(() -> MountTable.parse("not a mount")).isInstanceOf(IOException.class);
    }
}
