// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_ACCMODE;
import static io.fuselet.sys.Open.O_CREAT;
import static io.fuselet.sys.Open.O_DIRECT;
import static io.fuselet.sys.Open.O_EXCL;
import static io.fuselet.sys.Open.O_NOATIME;
import static io.fuselet.sys.Open.O_NOFOLLOW;
import static io.fuselet.sys.Open.O_PATH;
import static io.fuselet.sys.Open.O_SYNC;
import static io.fuselet.sys.Open.O_TMPFILE;

import io.fuselet.fuse.CreateReply;
import io.fuselet.fuse.CreateRequest;
import io.fuselet.fuse.OpenReply;
import io.fuselet.fuse.OpenRequest;
import io.fuselet.fuse.ReleaseRequest;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.ProcFd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Regular files, opened and released. */
final class FileOperations {
    /**
     * Flags that the lower file is opened with. Not O_APPEND: pages written back later would be appended, see
     * {@link IoOperations#write}. Not O_TRUNC: the kernel sends a SETATTR for it.
     */
    private static final int LOWER_FLAGS = O_ACCMODE | O_DIRECT | O_SYNC | O_NOATIME;

    private static final Logger LOG = LoggerFactory.getLogger(FileOperations.class);
    private static final byte[] DOT = {'.', 0};

    private final Tree tree;
    private final OpenFiles files;
    private final Callers callers;
    private final BackedFiles backed;

    FileOperations(Tree tree, OpenFiles files, Callers callers, BackedFiles backed) {
        this.tree = tree;
        this.files = files;
        this.callers = callers;
        this.backed = backed;
    }

    void open(OpenRequest request, OpenReply reply) {
        Node node = tree.nodes().get(request.nodeId());
        if (!node.isRegular()) {
            throw new ErrnoException("open", node.isDirectory() ? Errno.EISDIR : Errno.ENXIO);
        }
        Pin pin = tree.pin(node);
        int flags = request.flags() & LOWER_FLAGS;
        int fd;
        try {
            fd = tree.open(pin, flags);
        } catch (ErrnoException e) {
            pin.close();
            throw e;
        }
        answer(new OpenFile(pin, fd, flags), pin, reply);
    }

    /**
     * The kernel holds that there is no such name. Where there is one by now it is not opened, since nobody has checked
     * the caller's rights on it: ESTALE makes the kernel look again.
     */
    void create(CreateRequest request, CreateReply reply) {
        byte[] name = Tree.entryName(request.name());
        Node parent = tree.nodes().get(request.nodeId());
        try (Pin directory = tree.pin(parent)) {
            int flags = request.flags() & LOWER_FLAGS;
            int fd = make(request, directory.fd(), name, flags | O_CREAT | O_EXCL | O_NOFOLLOW);
            answer(fd, flags, new Location(parent, name), reply);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST && request.repeated()) {
                openCreated(request, parent, name, reply);
                return;
            }
            boolean appeared = e.errno() == Errno.EEXIST && (request.flags() & O_EXCL) == 0;
            throw appeared ? new ErrnoException(e.call(), Errno.ESTALE) : e;
        }
    }

    /** It was made for this request, by a server that died before it could answer. */
    private void openCreated(CreateRequest request, Node parent, byte[] name, CreateReply reply) {
        try (Pin directory = tree.pin(parent)) {
            int flags = request.flags() & LOWER_FLAGS;
            int fd = tree.descriptors().open(() -> FileCalls.openat(directory.fd(), name, flags | O_NOFOLLOW, 0));
            answer(fd, flags, new Location(parent, name), reply);
        }
    }

    /** Opens again what a predecessor had open. What is gone is left out: EBADF to whoever uses it. */
    void restore(long handle, long nodeId, int flags) {
        try {
            Pin pin = tree.pin(nodeId);
            try {
                OpenFile file = new OpenFile(pin, tree.open(pin, flags & LOWER_FLAGS), flags & LOWER_FLAGS);
                files.restore(handle, file);
                backed.open(tree, pin);
            } catch (ErrnoException e) {
                pin.close();
                throw e;
            }
        } catch (ErrnoException e) {
            LOG.warn("an open file of node {} is lost: {}", nodeId, e.getMessage());
        }
    }

    /** With O_EXCL the file can never be given a name. */
    void tmpfile(CreateRequest request, CreateReply reply) {
        try (Pin directory = tree.pin(request.nodeId())) {
            int flags = request.flags() & LOWER_FLAGS;
            int fd = make(request, directory.fd(), DOT, flags | O_TMPFILE | request.flags() & O_EXCL);
            answer(fd, flags, null, reply);
        }
    }

    private int make(CreateRequest request, int dirfd, byte[] name, int flags) {
        return callers.run(request, request.umask(),
                () -> tree.descriptors().open(() -> FileCalls.openat(dirfd, name, flags, request.mode())));
    }

    private void answer(int fd, int flags, Location location, CreateReply reply) {
        Pin pin;
        try {
            int path = tree.descriptors().open(() -> ProcFd.reopen(fd, O_PATH));
            pin = tree.pin(tree.answer(path, location, reply.entry()));
        } catch (ErrnoException e) {
            FileCalls.close(fd);
            throw e;
        }
        if (location == null) {
            pin.node().keepOpen();
        }
        answer(new OpenFile(pin, fd, flags), pin, reply.open());
    }

    private void answer(OpenFile file, Pin pin, OpenReply reply) {
        reply.fh(files.add(file));
        int backingId = backed.open(tree, pin);
        if (backingId != BackedFiles.UNBACKED) {
            reply.backingId(backingId);
        } else if ((file.flags() & O_DIRECT) != 0) {
            reply.flags(OpenReply.DIRECT_IO | OpenReply.PARALLEL_DIRECT_WRITES);
        }
    }

    void release(ReleaseRequest request) {
        OpenFile file = files.remove(request.fh());
        if (file != null) {
            backed.release(file.node());
            file.close();
        }
    }
}
