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
    private final AtomicLong last = new AtomicLong(NO_HANDLE);

    long add(OpenFile file) {
        long handle = last.incrementAndGet();
        files.put(handle, file);
        return handle;
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
        return files.remove(handle);
    }

    void close() {
        files.values().forEach(OpenFile::close);
        files.clear();
    }
}
