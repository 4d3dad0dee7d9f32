// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.EventCalls;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Finds a regular file of a tree to try passthrough with. To be done before mounting: afterwards the walk could run into the mount. */
final class SampleFile extends SimpleFileVisitor<Path> {
    /** Entries looked at: enough for any tree that has a regular file near its top. */
    private static final int MOST_ENTRIES = 10_000;

    private int seen;
    private Fd found;

    private SampleFile() {}

    /** An open file of the tree; where none is found, a file in memory, which tells at least what the kernel offers. */
    static Fd open(Path tree) {
        SampleFile search = new SampleFile();
        try {
            Files.walkFileTree(tree, search);
        } catch (IOException e) {
            // A tree that cannot be walked is no worse than one without files.
            return inMemory();
        }
        return search.found == null ? inMemory() : search.found;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (attributes.isRegularFile()) {
            tryOpen(file);
        }
        return found != null ? FileVisitResult.TERMINATE : another();
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        return another();
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException e) {
        return another();
    }

    private FileVisitResult another() {
        return ++seen > MOST_ENTRIES ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
    }

    private void tryOpen(Path file) {
        try {
            found = new Fd(FileCalls.open(file.toString(), Open.O_RDONLY | Open.O_NOFOLLOW));
        } catch (ErrnoException e) {
            // Another one will do.
            found = null;
        }
    }

    private static Fd inMemory() {
        return new Fd(EventCalls.memfd("fuselet-sample"));
    }
}
