// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fuselet.fuse.KernelSide;
import io.fuselet.fuse.Request;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Open;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More nodes than descriptors. */
class DescriptorsTest {
    private static final long ROOT = Request.ROOT_ID;
    private static final int OPEN_NODES = 4;
    private static final int DIRECTORIES = 5;
    private static final int FILES = 20;

    @TempDir
    Path below;

    private StackFileSystem fs;
    private KernelSide kernel;

    @BeforeEach
    void start() throws Exception {
        for (int d = 0; d < DIRECTORIES; d++) {
            Path directory = Files.createDirectory(below.resolve("d" + d));
            for (int f = 0; f < FILES; f++) {
                Files.writeString(directory.resolve("f" + f), d + " " + f);
            }
        }
        fs = new StackFileSystem(below.toString(), StackOptions.DEFAULT.withOpenNodes(OPEN_NODES));
        kernel = new KernelSide(fs);
    }

    @AfterEach
    void stop() {
        fs.close();
    }

    @Test
    void everyKnownNodeCanBeUsed() {
        long[][] nodes = lookUpAll();

        assertThat(fs.nodes()).isEqualTo(1 + DIRECTORIES * (FILES + 1));
        assertThat(fs.openNodes()).isLessThanOrEqualTo(OPEN_NODES);
        for (int d = 0; d < DIRECTORIES; d++) {
            for (int f = 0; f < FILES; f++) {
                assertThat(kernel.read(nodes[d][f], 0, 0, 100)).isEqualTo(d + " " + f);
            }
        }
        assertThat(fs.openNodes()).isLessThanOrEqualTo(OPEN_NODES);
    }

    @Test
    void aNodeIsFoundAfterARename() {
        long[][] nodes = lookUpAll();

        kernel.rename(ROOT, "d0", kernel.lookup(ROOT, "d1").node(), "moved", 0);
        lookUpAll("d2", "d3", "d4");

        assertThat(kernel.read(nodes[0][7], 0, 0, 100)).isEqualTo("0 7");
    }

    @Test
    void anotherObjectOfTheSameNameIsNotTakenForTheNode() throws Exception {
        long[][] nodes = lookUpAll();
        Path file = below.resolve("d0/f0");
        Files.move(file, below.resolve("old"));
        Files.writeString(file, "another");
        Files.delete(below.resolve("old"));

        var failure = catchThrowableOfType(() -> kernel.read(nodes[0][0], 0, 0, 100), ErrnoException.class);

        assertThat(failure.errno()).isEqualTo(Errno.ESTALE);
        long directory = kernel.lookup(ROOT, "d0").node();
        assertThat(kernel.lookup(directory, "f0").node()).isNotEqualTo(nodes[0][0]);
    }

    @Test
    void aMoveThatNobodyToldOfDoesNotMakeUsActOnAnotherFile() throws Exception {
        long[][] nodes = lookUpAll();
        Path name = below.resolve("d0/f0");
        Files.move(name, below.resolve("moved"));
        Files.writeString(name, "another");

        int errno = errno(() -> kernel.truncate(nodes[0][0], 0, 1));

        assertThat(name).hasContent("another");
        assertThat(below.resolve("moved")).hasContent(errno == 0 ? "0" : "0 0");
        assertThat(errno).isIn(0, Errno.ESTALE);
    }

    @Test
    void aDirectoryThatMovedWithoutOurKnowledgeIsNotMistakenForAnother() throws Exception {
        long directory = kernel.lookup(ROOT, "d0").node();
        lookUpAll("d1", "d2");
        Files.move(below.resolve("d0"), below.resolve("moved"));
        Files.createDirectory(below.resolve("d0"));
        Files.writeString(below.resolve("d0/f0"), "another");

        int errno = errno(() -> kernel.unlink(directory, "f0"));

        assertThat(below.resolve("d0/f0")).hasContent("another");
        assertThat(Files.exists(below.resolve("moved/f0"))).isEqualTo(errno != 0);
        assertThat(errno).isIn(0, Errno.ESTALE);
    }

    private static int errno(ThrowingCallable call) {
        var failure = catchThrowableOfType(call, ErrnoException.class);
        return failure == null ? 0 : failure.errno();
    }

    @Test
    void anOpenFileKeepsItsNode() {
        long[][] nodes = lookUpAll();
        long handle = kernel.open(nodes[0][0], Open.O_RDONLY);
        kernel.unlink(kernel.lookup(ROOT, "d0").node(), "f0");

        lookUpAll("d1", "d2");

        assertThat(kernel.getattr(nodes[0][0]).nlink()).isZero();
        kernel.release(nodes[0][0], handle);
    }

    @Test
    void threadsDoNotDisturbEachOther() throws Exception {
        int threads = 4;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<Void>> results = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            results.add(pool.submit(this::lookUpReadAndForget));
        }
        for (Future<Void> result : results) {
            result.get(60, TimeUnit.SECONDS);
        }
        pool.shutdown();

        assertThat(fs.nodes()).as("all lookups were forgotten").isEqualTo(1);
        assertThat(fs.openNodes()).isZero();
    }

    private Void lookUpReadAndForget() {
        KernelSide mine = new KernelSide(fs);
        for (int i = 0; i < 2000; i++) {
            int d = ThreadLocalRandom.current().nextInt(DIRECTORIES);
            int f = ThreadLocalRandom.current().nextInt(FILES);
            long directory = mine.lookup(ROOT, "d" + d).node();
            long node = mine.lookup(directory, "f" + f).node();
            assertThat(mine.read(node, 0, 0, 100)).isEqualTo(d + " " + f);
            mine.forget(node, 1);
            mine.forget(directory, 1);
        }
        return null;
    }

    private long[][] lookUpAll() {
        long[][] nodes = new long[DIRECTORIES][];
        for (int d = 0; d < DIRECTORIES; d++) {
            nodes[d] = lookUp("d" + d);
        }
        return nodes;
    }

    private void lookUpAll(String... directories) {
        for (String directory : directories) {
            lookUp(directory);
        }
    }

    private long[] lookUp(String name) {
        long directory = kernel.lookup(ROOT, name).node();
        long[] nodes = new long[FILES];
        for (int f = 0; f < FILES; f++) {
            nodes[f] = kernel.lookup(directory, "f" + f).node();
        }
        return nodes;
    }
}
