// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_RDONLY;

import io.fuselet.fuse.BackingFiles;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileCalls;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files whose reads and writes the kernel passes through. While an inode is open, either all of its handles are or
 * none is ({@code fs/fuse/iomode.c} answers EIO to a mixture), and all with the same backing file: the first open
 * decides, and the last release ends it.
 */
final class BackedFiles {
    private static final Logger LOG = LoggerFactory.getLogger(BackedFiles.class);
    static final int UNBACKED = 0;
    private static final int STRIPES = 64;

    /** Of each, the nodes whose ids are equal modulo their number. */
    private final Object[] locks = Stream.generate(Object::new).limit(STRIPES).toArray();

    /** Null where passthrough was not negotiated. */
    private volatile BackingFiles kernel;

    void enable(BackingFiles backingFiles) {
        kernel = backingFiles;
    }

    /** Counts in an open of the pinned node; returns the backing id for its reply, or UNBACKED. */
    int open(Tree tree, Pin pin) {
        Node node = pin.node();
        synchronized (lock(node)) {
            if (node.opens == 0 && kernel != null) {
                node.backingId = register(tree, pin);
            }
            node.opens++;
            return node.backingId;
        }
    }

    /** Counts out a handle, after the kernel has released it. */
    void release(Node node) {
        synchronized (lock(node)) {
            if (--node.opens == 0 && node.backingId != UNBACKED) {
                kernel.close(node.backingId);
                node.backingId = UNBACKED;
            }
        }
    }

    private Object lock(Node node) {
        return locks[(int) (node.id % STRIPES)];
    }

    /**
     * The O_PATH descriptor, which does not count as a writer of the lower file; kernels before 6.10 want one that is
     * open for I/O.
     */
    private int register(Tree tree, Pin pin) {
        try {
            return kernel.open(pin.fd());
        } catch (ErrnoException e) {
            return e.errno() == Errno.EBADF ? registerReadable(tree, pin) : refused(pin, e);
        }
    }

    private int registerReadable(Tree tree, Pin pin) {
        try {
            int fd = tree.open(pin, O_RDONLY);
            try {
                return kernel.open(fd);
            } finally {
                FileCalls.close(fd);
            }
        } catch (ErrnoException e) {
            return refused(pin, e);
        }
    }

    private static int refused(Pin pin, ErrnoException e) {
        LOG.debug("{} is served without passthrough: {}", pin.node(), e.getMessage());
        return UNBACKED;
    }
}
