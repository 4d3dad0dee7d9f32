// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.fuse.Notifier;
import io.fuselet.fuse.Request;
import io.fuselet.fuse.RetrievedRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What changed behind the kernel's back, it learns by notification and not before. */
@Tag("vm")
@Timeout(120)
class FuseNotificationTest {
    private static final byte[] NAME = {'f'};

    @TempDir
    Path mountPoint;

    private final CompletableFuture<String> retrieved = new CompletableFuture<>();
    private final MemoryFileSystem fs = new MemoryFileSystem() {
        @Override
        public void retrieved(RetrievedRequest request) {
            retrieved.complete(request.unique() + " " + request.offset() + " " + new String(request.dataToByteArray()));
        }
    };
    private MemoryMount mounted;
    private Path file;
    private long node;

    @BeforeEach
    void mount() throws Exception {
        mounted = new MemoryMount(mountPoint, fs);
        file = Files.writeString(mounted.path("f"), "before");
        node = fs.idOf("f");
        assertThat(file).hasContent("before");
    }

    @AfterEach
    void unmount() throws Exception {
        mounted.close();
    }

    private Notifier notifier() {
        return mounted.connection().notifier();
    }

    @Test
    void invalidatedInodesAreAskedForAnew() throws Exception {
        fs.writeSilently(node, "and after".getBytes());
        assertThat(Files.size(file)).as("cached").isEqualTo(6);

        assertThat(notifier().invalidateInode(node, 0, 0)).isTrue();
        assertThat(Files.size(file)).isEqualTo(9);
        assertThat(file).hasContent("and after");
    }

    @Test
    void invalidatedNamesAreLookedUpAnew() {
        fs.removeSilently(Request.ROOT_ID, NAME);
        assertThat(file).as("cached").exists();

        assertThat(notifier().invalidateEntry(Request.ROOT_ID, NAME)).isTrue();
        assertThat(file).doesNotExist();
    }

    @Test
    void expiredNamesAreLookedUpAnew() {
        long lookups = mounted.upcalls("LOOKUP");
        assertThat(notifier().expireEntry(Request.ROOT_ID, NAME)).isTrue();
        assertThat(file).exists();
        assertThat(mounted.upcalls("LOOKUP")).isGreaterThan(lookups);
    }

    @Test
    void deletedNamesAreGone() {
        fs.removeSilently(Request.ROOT_ID, NAME);
        assertThat(notifier().delete(Request.ROOT_ID, node, NAME)).isTrue();
        assertThat(file).doesNotExist();
    }

    @Test
    void whatTheKernelDoesNotKnowIsSaidSo() {
        assertThat(notifier().invalidateInode(4711, 0, 0)).isFalse();
        assertThat(notifier().invalidateEntry(Request.ROOT_ID, new byte[] {'x'})).isFalse();
    }

    @Test
    void storedDataIsReadWithoutAsking() throws Exception {
        long reads = mounted.upcalls("READ");
        assertThat(notifier().store(node, 0, "STORED".getBytes())).isTrue();
        assertThat(file).hasContent("STORED");
        assertThat(mounted.upcalls("READ")).isEqualTo(reads);
    }

    @Test
    void cachedDataIsHandedBack() throws Exception {
        assertThat(notifier().retrieve(99, node, 0, 100)).isTrue();
        assertThat(retrieved.get(20, TimeUnit.SECONDS)).isEqualTo("99 0 before");
    }
}
