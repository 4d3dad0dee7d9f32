// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Open files by handle. Handles count up from 1 and are never used twice; 0 stands for a file that the kernel opened
 * without us. Thread-safe.
 */
final class OpenFiles {
    /** Of files and of directories. */
    static final long NO_HANDLE = 0;

    private final ConcurrentHashMap<Long, OpenFile> files = new ConcurrentHashMap<>();
    private final HandleRecords records;
    private final AtomicLong last;

    OpenFiles(HandleRecords records) {
        this.records = records;
        last = new AtomicLong(records.firstHandle());
    }

    /** Takes over the file, also if this throws. */
    long add(OpenFile file) {
        long handle = last.incrementAndGet();
        try {
            records.add(handle, file.node(), file.flags());
        } catch (ErrnoException e) {
            file.close();
            throw e;
        }
        files.put(handle, file);
        return handle;
    }

    /** Puts back a file that a predecessor had open. */
    void restore(long handle, OpenFile file) {
        files.put(handle, file);
    }

    /** Null for the handle that stands for no file of ours. */
    OpenFile find(long handle) {
        if (handle == NO_HANDLE) {
            return null;
        }
        OpenFile file = files.get(handle);
        if (file == null) {
            throw new ErrnoException("handle", Errno.EBADF);
        }
        return file;
    }

    /** Null if there is none. */
    OpenFile remove(long handle) {
        records.remove(handle);
        return files.remove(handle);
    }

    void close() {
        files.values().forEach(OpenFile::close);
        files.clear();
    }
}
