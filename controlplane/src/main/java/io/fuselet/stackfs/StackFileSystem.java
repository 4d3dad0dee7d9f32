// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.fuse.AttrReply;
import io.fuselet.fuse.BackingFiles;
import io.fuselet.fuse.CopyFileRangeRequest;
import io.fuselet.fuse.CreateReply;
import io.fuselet.fuse.CreateRequest;
import io.fuselet.fuse.DataReply;
import io.fuselet.fuse.DirectoryReply;
import io.fuselet.fuse.EntryReply;
import io.fuselet.fuse.FallocateRequest;
import io.fuselet.fuse.FileSystem;
import io.fuselet.fuse.FlushRequest;
import io.fuselet.fuse.FsyncRequest;
import io.fuselet.fuse.GetAttrRequest;
import io.fuselet.fuse.GetXattrRequest;
import io.fuselet.fuse.InitFlags;
import io.fuselet.fuse.InitReply;
import io.fuselet.fuse.LinkRequest;
import io.fuselet.fuse.LockReply;
import io.fuselet.fuse.LockRequest;
import io.fuselet.fuse.LseekReply;
import io.fuselet.fuse.LseekRequest;
import io.fuselet.fuse.MkdirRequest;
import io.fuselet.fuse.MknodRequest;
import io.fuselet.fuse.NameRequest;
import io.fuselet.fuse.OpenReply;
import io.fuselet.fuse.OpenRequest;
import io.fuselet.fuse.ReadRequest;
import io.fuselet.fuse.ReleaseRequest;
import io.fuselet.fuse.RenameRequest;
import io.fuselet.fuse.Request;
import io.fuselet.fuse.SetAttrRequest;
import io.fuselet.fuse.SetXattrRequest;
import io.fuselet.fuse.StatfsReply;
import io.fuselet.fuse.StatxReply;
import io.fuselet.fuse.StatxRequest;
import io.fuselet.fuse.SymlinkRequest;
import io.fuselet.fuse.WriteReply;
import io.fuselet.fuse.WriteRequest;
import io.fuselet.fuse.XattrReply;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.RecordFile;
import java.io.IOException;

/**
 * A directory tree served as it is: names, contents, attributes, ids and inode numbers are those below.
 *
 * <p>It answers files that the kernel has opened without it (handle 0), so that it can serve under extensions, and
 * relies on the kernel to check permissions: mount it with {@code default_permissions}. As root, what a caller makes
 * belongs to the caller; otherwise everything is done as the user who runs it.
 *
 * <p>Mounts inside the tree are served like directories of it. What lies on them is told apart from the rest by node, but an
 * inode number may be seen twice, since the mount has one device number only.
 */
public final class StackFileSystem implements FileSystem, AutoCloseable {
    private static final long FLAGS = InitFlags.ASYNC_READ | InitFlags.ASYNC_DIO | InitFlags.AUTO_INVAL_DATA
            | InitFlags.DO_READDIRPLUS | InitFlags.READDIRPLUS_AUTO | InitFlags.PARALLEL_DIROPS
            | InitFlags.DONT_MASK | InitFlags.SETXATTR_EXT | InitFlags.POSIX_ACL | InitFlags.DIRECT_IO_ALLOW_MMAP;

    private final Tree tree;
    private final OpenFiles files;
    private final HandleRecords fileRecords;
    private final HandleRecords directoryRecords;
    private final BackedFiles backed = new BackedFiles();
    private final NameOperations names;
    private final AttributeOperations attributes;
    private final XattrOperations xattrs;
    private final FileOperations fileOperations;
    private final IoOperations io;
    private final DirectoryOperations directories;
    /** Null where the kernel keeps the locks. */
    private final RemoteLocks locks;

    /**
     * @param source the directory to serve
     * @throws ErrnoException if it is no directory or cannot be opened
     */
    public StackFileSystem(String source, StackOptions options) {
        this(source, options, (RecordFile) null);
    }

    private StackFileSystem(String source, StackOptions options, RecordFile state) {
        tree = new Tree(source, options, state);
        fileRecords = new HandleRecords(state, HandleRecords.FILES);
        directoryRecords = new HandleRecords(state, HandleRecords.DIRECTORIES);
        files = new OpenFiles(fileRecords);
        Callers callers = new Callers();
        names = new NameOperations(tree, callers);
        attributes = new AttributeOperations(tree, files);
        xattrs = new XattrOperations(tree);
        fileOperations = new FileOperations(tree, files, callers, backed);
        io = new IoOperations(tree, files);
        directories = new DirectoryOperations(tree, directoryRecords);
        locks = options.remoteLocks() ? new RemoteLocks(tree) : null;
    }

    /**
     * A tree whose nodes and open files are written down for a successor. Not with remote locks, which end with the process.
     *
     * @param state stays the caller's, open as long as the file system
     * @throws IOException if the file system of the tree has no file handles, by which a successor opens what the kernel knows
     */
    public static StackFileSystem held(String source, StackOptions options, RecordFile state) throws IOException {
        StackFileSystem fs = new StackFileSystem(source, withLocalLocks(options), state);
        if (!fs.tree.hasHandles()) {
            fs.close();
            throw new IOException("no file of " + source + " can be opened by file handle, as a successor would have to");
        }
        fs.tree.nodes().recordRoot();
        return fs;
    }

    /**
     * Goes on with the tree of {@link #held} where its process has died.
     *
     * @throws IOException if {@code state} is of another tree
     */
    public static StackFileSystem resume(String source, StackOptions options, RecordFile state) throws IOException {
        StackFileSystem fs = new StackFileSystem(source, withLocalLocks(options), state);
        try {
            fs.tree.nodes().restore();
        } catch (IOException e) {
            fs.close();
            throw e;
        }
        fs.fileRecords.restore(fs.fileOperations::restore);
        fs.directoryRecords.restore((handle, nodeId, flags) -> fs.directories.restore(handle, nodeId));
        return fs;
    }

    private static StackOptions withLocalLocks(StackOptions options) {
        if (options.remoteLocks()) {
            throw new IllegalArgumentException("remote locks end with the process that took them");
        }
        return options;
    }

    /** Adds to INIT's answer what this file system is made for, whichever tier it serves in. */
    public void negotiate(InitReply reply) {
        reply.want(FLAGS);
        if (locks != null) {
            reply.want(InitFlags.POSIX_LOCKS | InitFlags.FLOCK_LOCKS);
        }
    }

    /** From now on files are opened in passthrough mode where the kernel accepts it. To be called before the first OPEN. */
    public void passThrough(BackingFiles kernel) {
        backed.enable(kernel);
    }

    /** O_PATH descriptor of the root directory, which stays this object's. */
    public int rootFd() {
        return tree.rootFd();
    }

    /** How many nodes the kernel knows. */
    public int nodes() {
        return tree.nodes().size();
    }

    /** How many of the nodes hold a descriptor. */
    public int openNodes() {
        return tree.descriptors().size();
    }

    @Override
    public void lookup(NameRequest request, EntryReply reply) {
        names.lookup(request, reply);
    }

    @Override
    public void forget(long nodeId, long lookups) {
        tree.nodes().forget(nodeId, lookups);
    }

    @Override
    public void getattr(GetAttrRequest request, AttrReply reply) {
        attributes.getattr(request, reply);
    }

    @Override
    public void setattr(SetAttrRequest request, AttrReply reply) {
        attributes.setattr(request, reply);
    }

    @Override
    public void statx(StatxRequest request, StatxReply reply) {
        attributes.statx(request, reply);
    }

    @Override
    public void statfs(Request request, StatfsReply reply) {
        attributes.statfs(request, reply);
    }

    @Override
    public void readlink(Request request, DataReply reply) {
        names.readlink(request, reply);
    }

    @Override
    public void symlink(SymlinkRequest request, EntryReply reply) {
        names.symlink(request, reply);
    }

    @Override
    public void mknod(MknodRequest request, EntryReply reply) {
        names.mknod(request, reply);
    }

    @Override
    public void mkdir(MkdirRequest request, EntryReply reply) {
        names.mkdir(request, reply);
    }

    @Override
    public void unlink(NameRequest request) {
        names.unlink(request);
    }

    @Override
    public void rmdir(NameRequest request) {
        names.rmdir(request);
    }

    @Override
    public void rename(RenameRequest request) {
        names.rename(request);
    }

    @Override
    public void link(LinkRequest request, EntryReply reply) {
        names.link(request, reply);
    }

    @Override
    public void open(OpenRequest request, OpenReply reply) {
        fileOperations.open(request, reply);
    }

    @Override
    public void create(CreateRequest request, CreateReply reply) {
        fileOperations.create(request, reply);
    }

    @Override
    public void tmpfile(CreateRequest request, CreateReply reply) {
        fileOperations.tmpfile(request, reply);
    }

    @Override
    public void release(ReleaseRequest request) {
        if (locks != null && (request.releaseFlags() & ReleaseRequest.FLOCK_UNLOCK) != 0) {
            locks.drop(request.nodeId(), request.lockOwner(), true);
        }
        fileOperations.release(request);
    }

    @Override
    public void read(ReadRequest request, DataReply reply) {
        io.read(request, reply);
    }

    @Override
    public void write(WriteRequest request, WriteReply reply) {
        io.write(request, reply);
    }

    @Override
    public void flush(FlushRequest request) {
        if (locks != null) {
            locks.drop(request.nodeId(), request.lockOwner(), false);
        }
        io.flush(request);
    }

    @Override
    public void fsync(FsyncRequest request) {
        io.fsync(request);
    }

    @Override
    public void fallocate(FallocateRequest request) {
        io.fallocate(request);
    }

    @Override
    public void lseek(LseekRequest request, LseekReply reply) {
        io.lseek(request, reply);
    }

    @Override
    public void copyFileRange(CopyFileRangeRequest request, WriteReply reply) {
        io.copyFileRange(request, reply);
    }

    @Override
    public void syncfs(Request request) {
        io.syncfs(request);
    }

    @Override
    public void getxattr(GetXattrRequest request, XattrReply reply) {
        xattrs.get(request, reply);
    }

    @Override
    public void listxattr(GetXattrRequest request, XattrReply reply) {
        xattrs.list(request, reply);
    }

    @Override
    public void setxattr(SetXattrRequest request) {
        xattrs.set(request);
    }

    @Override
    public void removexattr(NameRequest request) {
        xattrs.remove(request);
    }

    @Override
    public void opendir(OpenRequest request, OpenReply reply) {
        directories.open(request, reply);
    }

    @Override
    public void readdir(ReadRequest request, DirectoryReply reply) {
        directories.read(request, reply);
    }

    @Override
    public void readdirplus(ReadRequest request, DirectoryReply reply) {
        directories.read(request, reply);
    }

    @Override
    public void releasedir(ReleaseRequest request) {
        directories.release(request);
    }

    @Override
    public void fsyncdir(FsyncRequest request) {
        directories.fsync(request);
    }

    @Override
    public void getlk(LockRequest request, LockReply reply) {
        remoteLocks().get(request, reply);
    }

    @Override
    public void setlk(LockRequest request) {
        remoteLocks().set(request);
    }

    @Override
    public void setlkw(LockRequest request) {
        remoteLocks().setAndWait(request);
    }

    private RemoteLocks remoteLocks() {
        if (locks == null) {
            throw new ErrnoException("fcntl", Errno.ENOSYS);
        }
        return locks;
    }

    /** Closes everything; no request may be in progress. */
    @Override
    public void close() {
        if (locks != null) {
            locks.close();
        }
        files.close();
        directories.close();
        tree.close();
    }
}
