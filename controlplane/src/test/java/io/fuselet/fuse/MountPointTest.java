// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountPointTest {
    @TempDir
    Path directory;

    private static void assertRefused(Path path, String reason) {
        assertThatThrownBy(() -> MountPoint.check(path)).isInstanceOf(MountException.class)
                .hasMessageContaining(path.toString()).hasMessageContaining(reason).hasMessageNotContaining("\n");
    }

    @Test
    void aSymbolicLinkIsFollowed() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Files.createDirectory(directory.resolve("real")));
        assertThat(MountPoint.check(link)).isEqualTo(directory.toRealPath().resolve("real"));
    }

    @Test
    void missing() {
        assertRefused(directory.resolve("missing"), "does not exist");
    }

    @Test
    void aFile() throws Exception {
        assertRefused(Files.createFile(directory.resolve("file")), "is not a directory");
    }

    @Test
    void belowAFile() throws Exception {
        assertRefused(Files.createFile(directory.resolve("file")).resolve("x"), "is not a directory");
    }

    @Test
    void optionsBecomeFlags() {
        assertThat(Mount.flags(new MountOptions())).isEqualTo(6);
        assertThat(Mount.flags(new MountOptions().readOnly(true).suid(true).dev(true))).isEqualTo(1);
    }
}
