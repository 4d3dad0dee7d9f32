// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.Fd;

/** A file that the kernel has open through us, by its handle. Keeps its node's descriptor open as well. */
final class OpenFile implements AutoCloseable {
    private final Pin pin;
    private final Fd file;
    private final int flags;

    /** Takes over both. */
    OpenFile(Pin pin, int fd, int flags) {
        this.pin = pin;
        this.file = new Fd(fd);
        this.flags = flags;
    }

    Node node() {
        return pin.node();
    }

    int fd() {
        return file.number();
    }

    /** Flags of open(2) with which {@link #fd} was opened. */
    int flags() {
        return flags;
    }

    @Override
    public void close() {
        file.close();
        pin.close();
    }
}
