// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.fuse.KernelSide;
import io.fuselet.fuse.KernelSide.DirectoryEntry;
import io.fuselet.fuse.Request;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryListingTest {
    private static final long ROOT = Request.ROOT_ID;
    private static final int FILES = 300;
    private static final int SMALL = 1024;

    @TempDir
    Path below;

    private StackFileSystem fs;
    private KernelSide kernel;

    @BeforeEach
    void start() throws Exception {
        for (int i = 0; i < FILES; i++) {
            Files.createFile(below.resolve("file-" + i));
        }
        fs = new StackFileSystem(below.toString(), StackOptions.DEFAULT);
        kernel = new KernelSide(fs);
    }

    @AfterEach
    void stop() {
        fs.close();
    }

    @Test
    void everyNameIsListedOnce() {
        long directory = kernel.opendir(ROOT);

        List<DirectoryEntry> all = listFrom(directory, 0);

        assertThat(all).hasSize(FILES + 2).extracting("name").doesNotHaveDuplicates().contains(".", "..", "file-299");
        kernel.releasedir(ROOT, directory);
    }

    @Test
    void aListingGoesOnBehindAnyEntry() {
        long directory = kernel.opendir(ROOT);
        List<DirectoryEntry> all = listFrom(directory, 0);

        for (int i : new int[] {0, 1, 17, 150, FILES, 3, FILES + 1}) {
            assertThat(listFrom(directory, all.get(i).off())).isEqualTo(all.subList(i + 1, all.size()));
        }
        long another = kernel.opendir(ROOT);
        assertThat(listFrom(another, all.get(99).off())).as("also through another handle")
                .isEqualTo(all.subList(100, all.size()));
        kernel.releasedir(ROOT, directory);
        kernel.releasedir(ROOT, another);
    }

    @Test
    void entriesWithNodesAreLookups() {
        long directory = kernel.opendir(ROOT);
        List<DirectoryEntry> some = kernel.readdirplus(ROOT, directory, 0, 8192);

        for (DirectoryEntry entry : some) {
            if (entry.name().startsWith(".")) {
                assertThat(entry.node().node()).as("no lookup of %s", entry.name()).isZero();
            } else {
                assertThat(entry.node()).isEqualTo(kernel.lookup(ROOT, entry.name()));
                kernel.forget(entry.node().node(), 2);
            }
        }
        assertThat(some).hasSizeGreaterThan(20);
        assertThat(fs.nodes()).as("nodes of entries that did not fit").isEqualTo(1);
        kernel.releasedir(ROOT, directory);
    }

    private List<DirectoryEntry> listFrom(long directory, long offset) {
        List<DirectoryEntry> all = new ArrayList<>();
        List<DirectoryEntry> some = kernel.readdir(ROOT, directory, offset, SMALL);
        while (!some.isEmpty()) {
            all.addAll(some);
            some = kernel.readdir(ROOT, directory, some.get(some.size() - 1).off(), SMALL);
        }
        return all;
    }
}
