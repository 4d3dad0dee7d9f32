// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_DIRECTORY;
import static io.fuselet.sys.Open.O_NOFOLLOW;
import static io.fuselet.sys.Open.O_PATH;

import io.fuselet.fuse.Attributes;
import io.fuselet.fuse.EntryReply;
import io.fuselet.fuse.Name;
import io.fuselet.sys.At;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.FileHandle;
import io.fuselet.sys.ProcFd;
import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.RecordFile;
import io.fuselet.sys.Stat;
import io.fuselet.sys.ThreadCalls;

/** The tree that is served: its nodes, their descriptors, and how they are answered with. Thread-safe. */
final class Tree implements AutoCloseable {
    /** Half of the descriptors, and never fewer than these, are for open files and the rest of the process. */
    private static final int LEAST_OTHERS = 128;
    private static final int LEAST_OPEN_NODES = 16;
    /** Each open node keeps a dentry and an inode of the lower file system in memory. */
    private static final int MOST_OPEN_NODES = 32_768;

    private final StackOptions options;
    private final int rootFd;
    private final Fd mount;
    private final Descriptors descriptors;
    private final NodeTable nodes;
    private final Node root;

    /**
     * @param path the directory at the top
     * @throws ErrnoException if it cannot be opened
     */
    Tree(String path, StackOptions options) {
        this(path, options, null);
    }

    /** @param state where to write down the nodes for a successor, null for nowhere */
    Tree(String path, StackOptions options, RecordFile state) {
        this.options = options;
        rootFd = FileCalls.open(path, O_PATH | O_DIRECTORY);
        mount = new Fd(readable(rootFd));
        descriptors = new Descriptors(openNodes(options), new Reopening(mount.number()));
        Stat stat = Stat.of(rootFd);
        nodes = new NodeTable(descriptors, handlesWork(rootFd, mount.number()) ? stat.mountId() : 0,
                state == null ? null : new NodeRecords(state));
        root = nodes.addRoot(rootFd, stat);
    }

    private static int readable(int fd) {
        try {
            return ProcFd.reopen(fd, O_DIRECTORY);
        } catch (ErrnoException e) {
            FileCalls.close(fd);
            throw e;
        }
    }

    private static int openNodes(StackOptions options) {
        if (options.openNodes() > 0) {
            return options.openNodes();
        }
        long limit = ProcessCalls.softLimit(ProcessCalls.RLIMIT_NOFILE);
        if (limit == ProcessCalls.RLIM_INFINITY) {
            return MOST_OPEN_NODES;
        }
        long share = limit - Math.max(limit / 2, LEAST_OTHERS);
        return (int) Math.max(LEAST_OPEN_NODES, Math.min(share, MOST_OPEN_NODES));
    }

    /** Tried rather than derived from file system type and privileges. */
    private static boolean handlesWork(int fd, int mountFd) {
        if (!ThreadCalls.hasCapability(ThreadCalls.CAP_DAC_READ_SEARCH)) {
            return false;
        }
        try {
            FileCalls.close(FileHandle.of(fd).open(mountFd, O_PATH));
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** Whether objects of this tree can be opened by file handle. */
    boolean hasHandles() {
        return handlesWork(rootFd, mount.number());
    }

    StackOptions options() {
        return options;
    }

    NodeTable nodes() {
        return nodes;
    }

    Descriptors descriptors() {
        return descriptors;
    }

    Node root() {
        return root;
    }

    /** The root's O_PATH descriptor. */
    int rootFd() {
        return rootFd;
    }

    /** A readable descriptor of the root directory. */
    int mountFd() {
        return mount.number();
    }

    /** The node's O_PATH descriptor, for as long as the pin is open. */
    Pin pin(Node node) {
        return descriptors.pin(node);
    }

    Pin pin(long nodeId) {
        return descriptors.pin(nodes.get(nodeId));
    }

    /** Opens for I/O what a pin stands for. */
    int open(Pin pin, int flags) {
        return descriptors.open(() -> ProcFd.reopen(pin.fd(), flags));
    }

    /** Answers with the object of that name, counted as a lookup. */
    void lookUp(Node parent, int dirfd, byte[] name, EntryReply reply) {
        answer(descriptors.open(() -> FileCalls.openat(dirfd, name, O_PATH | O_NOFOLLOW, 0)),
                new Location(parent, name), reply);
    }

    /**
     * Answers with an object, counted as a lookup.
     *
     * @param fd O_PATH descriptor of it, taken over
     * @param location null if it has no name
     */
    Node answer(int fd, Location location, EntryReply reply) {
        Stat stat = statOrClose(fd);
        Node node = nodes.lookUp(fd, stat, location);
        reply.nodeId(node.id).entryTimeout(options.entryTimeoutNanos()).attrTimeout(options.attrTimeoutNanos());
        fill(reply.attr(), stat);
        return node;
    }

    private static Stat statOrClose(int fd) {
        try {
            return Stat.of(fd);
        } catch (ErrnoException e) {
            FileCalls.close(fd);
            throw e;
        }
    }

    /** The node that a name in a directory stands for now, if the kernel knows it; else null. */
    Node known(int dirfd, byte[] name) {
        try {
            return nodes.find(Stat.at(dirfd, name, At.AT_SYMLINK_NOFOLLOW));
        } catch (ErrnoException e) {
            return null;
        }
    }

    static void fill(Attributes attr, Stat stat) {
        attr.ino(stat.ino()).size(stat.size()).blocks(stat.blocks()).mode(stat.mode()).nlink(stat.nlink())
                .uid(stat.uid()).gid(stat.gid()).rdev((int) stat.rdev()).blksize(stat.blksize())
                .atime(stat.atime(), stat.atimeNanos()).mtime(stat.mtime(), stat.mtimeNanos())
                .ctime(stat.ctime(), stat.ctimeNanos());
    }

    /** A copy of a name, NUL-terminated. */
    static byte[] copy(Name name) {
        byte[] terminated = new byte[name.length() + 1];
        name.copyTo(terminated, 0);
        return terminated;
    }

    /**
     * A copy of the name of a directory entry, NUL-terminated.
     *
     * @throws ErrnoException EINVAL for {@code .} and {@code ..}, which the kernel resolves itself and which could lead
     *     out of the tree
     */
    static byte[] entryName(Name name) {
        byte[] copy = copy(name);
        if (isDot(copy)) {
            throw new ErrnoException("name", Errno.EINVAL);
        }
        return copy;
    }

    /** Whether a NUL-terminated name is {@code .} or {@code ..}. */
    static boolean isDot(byte[] name) {
        return name.length == 2 && name[0] == '.' || name.length == 3 && name[0] == '.' && name[1] == '.';
    }

    @Override
    public void close() {
        nodes.close();
        mount.close();
    }
}
