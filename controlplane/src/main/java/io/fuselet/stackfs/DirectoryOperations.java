// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_DIRECTORY;
import static io.fuselet.sys.Open.O_RDONLY;

import io.fuselet.fuse.DirectoryReply;
import io.fuselet.fuse.EntryReply;
import io.fuselet.fuse.FsyncRequest;
import io.fuselet.fuse.OpenReply;
import io.fuselet.fuse.OpenRequest;
import io.fuselet.fuse.ReadRequest;
import io.fuselet.fuse.ReleaseRequest;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileCalls;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Directories, opened and listed. Requests on a directory that the kernel opened without us carry no handle: the node is then opened for
 * the one request. A listing can go over from one to the other, since positions are those below.
 */
final class DirectoryOperations {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryOperations.class);
    private static final int BUFFER_SIZE = 32 << 10;
    private static final int IDLE_BUFFERS = 32;

    private final Tree tree;
    private final BufferPool buffers = new BufferPool(BUFFER_SIZE, IDLE_BUFFERS);
    private final ConcurrentHashMap<Long, OpenDirectory> directories = new ConcurrentHashMap<>();
    private final HandleRecords records;
    private final AtomicLong lastHandle;

    DirectoryOperations(Tree tree, HandleRecords records) {
        this.tree = tree;
        this.records = records;
        lastHandle = new AtomicLong(records.firstHandle());
    }

    void open(OpenRequest request, OpenReply reply) {
        OpenDirectory directory = open(request.nodeId());
        long handle = lastHandle.incrementAndGet();
        try {
            records.add(handle, directory.node(), 0);
        } catch (ErrnoException e) {
            directory.close();
            throw e;
        }
        directories.put(handle, directory);
        reply.fh(handle);
    }

    /** Opens again what a predecessor had open. What is gone is left out: EBADF to whoever reads it. */
    void restore(long handle, long nodeId) {
        try {
            directories.put(handle, open(nodeId));
        } catch (ErrnoException e) {
            LOG.warn("an open directory, node {}, is lost: {}", nodeId, e.getMessage());
        }
    }

    private OpenDirectory open(long nodeId) {
        Pin pin = tree.pin(nodeId);
        try {
            return new OpenDirectory(pin, tree.open(pin, O_RDONLY | O_DIRECTORY), buffers);
        } catch (ErrnoException e) {
            pin.close();
            throw e;
        }
    }

    void read(ReadRequest request, DirectoryReply reply) {
        if (request.fh() == OpenFiles.NO_HANDLE) {
            try (OpenDirectory directory = open(request.nodeId())) {
                list(directory, request.offset(), reply);
            }
            return;
        }
        OpenDirectory directory = get(request.fh());
        synchronized (directory) {
            list(directory, request.offset(), reply);
        }
    }

    private void list(OpenDirectory directory, long offset, DirectoryReply reply) {
        try {
            directory.seek(offset);
            while (directory.hasEntry() && add(directory, reply)) {
                directory.next();
            }
        } catch (ErrnoException e) {
            // nodes in a reply were counted: it has to be sent
            if (reply.isEmpty()) {
                throw e;
            }
        }
    }

    private boolean add(OpenDirectory directory, DirectoryReply reply) {
        byte[] name = directory.name();
        int length = name.length - 1;
        if (reply.omits(name, 0, length)) {
            return true;
        }
        if (!reply.fits(length)) {
            return false;
        }
        long ino = ino(directory, name);
        if (!reply.plus()) {
            return reply.add(name, 0, length, ino, directory.off(), directory.type());
        }
        EntryReply entry = reply.addPlus(name, 0, length, ino, directory.off(), directory.type());
        if (!Tree.isDot(name)) {
            lookUp(directory, name, entry);
        }
        return true;
    }

    /** Above the root of the tree there is nothing: its parent is itself. */
    private long ino(OpenDirectory directory, byte[] name) {
        boolean above = directory.node() == tree.root() && Tree.isDot(name);
        return above ? tree.root().ino : directory.ino();
    }

    /** An entry that is gone by now, or cannot be opened, is listed without its node. */
    private void lookUp(OpenDirectory directory, byte[] name, EntryReply entry) {
        try {
            tree.lookUp(directory.node(), directory.fd(), name, entry);
        } catch (ErrnoException e) {
            entry.nodeId(0);
        }
    }

    void fsync(FsyncRequest request) {
        if (request.fh() == OpenFiles.NO_HANDLE) {
            try (OpenDirectory directory = open(request.nodeId())) {
                sync(directory, request.dataOnly());
            }
        } else {
            sync(get(request.fh()), request.dataOnly());
        }
    }

    private static void sync(OpenDirectory directory, boolean dataOnly) {
        if (dataOnly) {
            FileCalls.fdatasync(directory.fd());
        } else {
            FileCalls.fsync(directory.fd());
        }
    }

    void release(ReleaseRequest request) {
        records.remove(request.fh());
        OpenDirectory directory = directories.remove(request.fh());
        if (directory != null) {
            directory.close();
        }
    }

    void close() {
        directories.values().forEach(OpenDirectory::close);
        directories.clear();
    }

    private OpenDirectory get(long handle) {
        OpenDirectory directory = directories.get(handle);
        if (directory == null) {
            throw new ErrnoException("handle", Errno.EBADF);
        }
        return directory;
    }
}
