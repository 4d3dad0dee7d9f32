// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.fuse.Ending;
import io.fuselet.fuse.Mount;
import io.fuselet.fuse.MountException;
import io.fuselet.fuse.MountOptions;
import io.fuselet.sys.ThreadCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Mounting as an ordinary user, which to the kernel is a matter of the thread that does it. */
@Tag("vm")
@Timeout(120)
class FusermountMountTest {
    private static final int NOBODY = 65534;

    @TempDir
    Path directory;

    private Path mountPoint;

    @BeforeEach
    void makeMountPoint() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        mountPoint = Files.createDirectory(directory.resolve("mnt"));
    }

    private void giveAway() throws Exception {
        Files.setAttribute(mountPoint, "unix:uid", NOBODY);
    }

    /** Runs on a thread that is the user's from then on. */
    private static <T> T asNobody(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(() -> {
            ThreadCalls.setgroups();
            ThreadCalls.setresgid(NOBODY);
            ThreadCalls.setresuid(NOBODY);
            return task.call();
        });
        Thread thread = new Thread(future, "nobody");
        thread.start();
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }

    @Test
    void anOrdinaryUserMountsThroughFusermount3() throws Exception {
        giveAway();
        Mount mount = asNobody(() -> Mount.mount(mountPoint, new MountOptions().source("mine,all mine")));
        assertThat(mount.privileged()).isFalse();

        try (MemoryMount mounted = new MemoryMount(mount, new MemoryFileSystem())) {
            assertThat(asNobody(() -> Files.readString(Files.writeString(mounted.path("f"), "content")))).isEqualTo("content");
            assertThatThrownBy(() -> Files.readString(mounted.path("f"))).as("not even root, without allow_other")
                    .isInstanceOf(java.nio.file.AccessDeniedException.class);
            assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).contains("fuse.fuselet mine,all\\040mine");

            asNobody(() -> {
                mount.unmount();
                return null;
            });
            assertThat(mounted.end()).isEqualTo(Ending.UNMOUNTED);
        }
    }

    @Test
    void theRefusalOfFusermount3IsShown() {
        assertThatThrownBy(() -> asNobody(() -> Mount.mount(mountPoint, new MountOptions())))
                .isInstanceOf(MountException.class)
                .hasMessageStartingWith("fusermount3 refused to mount on " + mountPoint + ": ")
                .hasMessageContaining("no write access to mountpoint");
        assertThat(mountPoint).isEmptyDirectory();
    }
}
