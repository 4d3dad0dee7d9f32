// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

/**
 * A shared mapping of a file. It is only ever handed to system calls: a JVM thread that faults on a mapping which
 * threads of the same JVM serve could keep them from answering.
 */
public final class Mapping implements AutoCloseable {
    private static final long MMAP = 9;
    private static final long MUNMAP = 11;
    private static final long MSYNC = 26;
    private static final long MINCORE = 27;
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final int MS_SYNC = 4;
    private static final int PAGE_SIZE = 4096;

    private final long address;
    private final long length;

    public Mapping(int fd, long length, boolean writable) {
        this.length = length;
        int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
        address = check("mmap", LIBC.syscall(MMAP, 0, length, protection, MAP_SHARED, fd, 0));
    }

    public long address() {
        return address;
    }

    public void sync() {
        check("msync", LIBC.syscall(MSYNC, address, length, MS_SYNC));
    }

    /** How many of the pages are in the page cache. */
    public int residentPages() {
        int pages = (int) ((length + PAGE_SIZE - 1) / PAGE_SIZE);
        NativeBuffer vector = NativeBuffer.allocate(pages);
        check("mincore", LIBC.syscall(MINCORE, address, length, vector.address()));
        int resident = 0;
        for (int i = 0; i < pages; i++) {
            resident += vector.bytes().get(i) & 1;
        }
        return resident;
    }

    @Override
    public void close() {
        check("munmap", LIBC.syscall(MUNMAP, address, length, 0));
    }
}
