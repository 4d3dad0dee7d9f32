// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Debian package: installed, used as mount(8) and a shell use it, and removed. */
@Tag("vm")
@Timeout(300)
class DebianPackageTest {
    /** In a mount namespace of its own, since the guest's /usr is read-only. */
    private static final String SCRIPT = """
            set -eu
            package=$1 source=$2 point=$3 scratch=$4
            mkdir "$scratch/upper" "$scratch/work"
            mount -t overlay -o "lowerdir=/usr,upperdir=$scratch/upper,workdir=$scratch/work" overlay /usr
            dpkg --install "$package"
            dpkg --verify fuselet
            sed -n 's/^ExecStart=\\([^ ]*\\).*/\\1/p' /lib/systemd/system/fuselet.service | xargs ls -L
            zcat /usr/share/man/man1/fuselet-mount.1.gz | grep -c SYNOPSIS
            . /usr/share/bash-completion/completions/fuselet
            COMP_WORDS=(fuselet umo) COMP_CWORD=1 COMP_LINE='fuselet umo' COMP_POINT=11
            _complete_fuselet
            echo "completed: ${COMPREPLY[*]}"
            mount -t fuselet -o ro,allow_other "$source" "$point"
            cat "$point/file"
            touch "$point/file" 2>&1 || true
            umount "$point"
            dpkg --remove fuselet
            ls /usr/bin/fuselet 2>&1 || true
            """;

    @Test
    void isInstalledUsedAndRemoved(@TempDir Path directory) throws Exception {
        Path source = Files.createDirectory(directory.resolve("source"));
        Path point = Files.createDirectory(directory.resolve("point"));
        Files.writeString(source.resolve("file"), "content\n");
        Path scratch = Files.createTempDirectory(Path.of("/scratch/tmpfs"), "package");
        Path deb = Path.of(System.getProperty("fuselet.home")).resolveSibling("fuselet.deb");

        Command done = Command.run(List.of("unshare", "--mount", "bash", "-c", SCRIPT, "package", deb.toString(), source.toString(),
                point.toString(), scratch.toString()));

        assertThat(done.code()).as(done.out() + done.err()).isZero();
        assertThat(done.out().lines()).contains(
                "/usr/bin/fuselet", "1", "completed: umount", source + " on " + point + ": extension tier", "content",
                "touch: cannot touch '" + point + "/file': Read-only file system",
                "ls: cannot access '/usr/bin/fuselet': No such file or directory");
    }
}
