// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fuselet.fuse.InitFlags;
import io.fuselet.fuse.Notifier;
import io.fuselet.fuse.Request;
import io.fuselet.fuse.RetrievedRequest;
import io.fuselet.fuse.StatfsReply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch proceed = new CountDownLatch(1);
    private final MemoryFileSystem fs = new MemoryFileSystem() {
        /** The first time, keeps the caller waiting. */
        @Override
        public void statfs(Request request, StatfsReply reply) {
            if (request.unique() >= 0) {
                asked.countDown();
                awaitProceeding();
            }
            reply.blockSize(512).nameLength(255);
        }

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
        proceed.countDown();
        mounted.close();
    }

    private void awaitProceeding() {
        try {
            proceed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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

    /** A request sent again has the highest bit of its number set ({@code FUSE_UNIQUE_RESEND}). */
    @Test
    void unansweredRequestsAreSentAgain() throws Exception {
        assumeTrue(mounted.connection().has(InitFlags.HAS_RESEND), "this kernel does not offer FUSE_HAS_RESEND");
        CompletableFuture<Long> space = CompletableFuture.supplyAsync(() -> mountPoint.toFile().getTotalSpace());
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        notifier().resend();

        assertThat(space.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(mounted.upcalls("STATFS")).isEqualTo(2);
        proceed.countDown();
    }
}
