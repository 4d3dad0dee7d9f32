// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import java.util.concurrent.atomic.AtomicInteger;

/** An open descriptor and its owner: closed once, at most. Any thread may close it. */
public final class Fd implements AutoCloseable {
    private final AtomicInteger number;

    /** Takes over {@code number}. */
    public Fd(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("not a descriptor: " + number);
        }
        this.number = new AtomicInteger(number);
    }

    /**
     * The number, for a call.
     *
     * @throws ErrnoException EBADF once closed
     */
    public int number() {
        int fd = number.get();
        if (fd < 0) {
            throw new ErrnoException("fd", Errno.EBADF);
        }
        return fd;
    }

    public boolean isOpen() {
        return number.get() >= 0;
    }

    /** Gives up ownership: the caller closes the number. */
    public int release() {
        int fd = number.getAndSet(-1);
        if (fd < 0) {
            throw new ErrnoException("fd", Errno.EBADF);
        }
        return fd;
    }

    @Override
    public void close() {
        int fd = number.getAndSet(-1);
        if (fd >= 0) {
            FileCalls.close(fd);
        }
    }

    @Override
    public String toString() {
        return "fd " + number.get();
    }
}
