// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;

/**
 * A file system, by node: what the server calls for each request of the kernel.
 *
 * <p>A node is known by its id, which {@link EntryReply} hands out and {@link #forget} gives back; {@link Request#ROOT_ID} is
 * there from the start. An open file or directory is known by the handle that {@link OpenReply} hands out.
 *
 * <p><b>Threads.</b> Methods are called by several threads at once, also for the same node or handle, except that nothing
 * follows {@code release} of a handle. Requests and replies belong to the calling thread until the method returns.
 * {@link #setlkw} alone is called on a thread of its own, so it may block.
 *
 * <p><b>Errors.</b> {@link ErrnoException} fails the request with that number. Any other exception fails it with {@code EIO} and
 * is logged. Methods not overridden answer {@code ENOSYS}, on which the kernel stops asking and does what is right without:
 * without {@link #open} it opens files itself, without {@link #flush} it closes them silently, and so on.
 */
public interface FileSystem {
    /** Finds the node behind a name. Every answer with a node id counts until {@link #forget}. */
    default void lookup(NameRequest request, EntryReply reply) {
        throw unsupported("lookup");
    }

    /**
     * The kernel forgets {@code lookups} of the answers that carried {@code nodeId}. With none left, the id is free. There is no
     * reply, and no error to answer.
     */
    default void forget(long nodeId, long lookups) {
    }

    /** Attributes of a node. */
    default void getattr(GetAttrRequest request, AttrReply reply) {
        throw unsupported("getattr");
    }

    /** Changes attributes, {@link SetAttrRequest#SIZE} among them; answers all of them as they are then. */
    default void setattr(SetAttrRequest request, AttrReply reply) {
        throw unsupported("setattr");
    }

    /** What a symbolic link holds, without NUL. */
    default void readlink(Request request, DataReply reply) {
        throw unsupported("readlink");
    }

    /** Makes a symbolic link. */
    default void symlink(SymlinkRequest request, EntryReply reply) {
        throw unsupported("symlink");
    }

    /** Makes a regular file (where {@link #create} is not there), FIFO, socket or device. */
    default void mknod(MknodRequest request, EntryReply reply) {
        throw unsupported("mknod");
    }

    /** Makes a directory. */
    default void mkdir(MkdirRequest request, EntryReply reply) {
        throw unsupported("mkdir");
    }

    /** Removes a name that is no directory's. */
    default void unlink(NameRequest request) {
        throw unsupported("unlink");
    }

    /** Removes an empty directory. */
    default void rmdir(NameRequest request) {
        throw unsupported("rmdir");
    }

    /** Moves a name, or with {@link RenameRequest#flags()} refuses to replace or exchanges two. */
    default void rename(RenameRequest request) {
        throw unsupported("rename");
    }

    /** Gives a node one more name. */
    default void link(LinkRequest request, EntryReply reply) {
        throw unsupported("link");
    }

    /** Opens a file. */
    default void open(OpenRequest request, OpenReply reply) {
        throw unsupported("open");
    }

    /** Reads from an open file. */
    default void read(ReadRequest request, DataReply reply) {
        throw unsupported("read");
    }

    /** Writes to an open file. */
    default void write(WriteRequest request, WriteReply reply) {
        throw unsupported("write");
    }

    /** State of the file system; by default that nothing is known of it but the usual limit of names. */
    default void statfs(Request request, StatfsReply reply) {
        reply.blockSize(512).nameLength(255);
    }

    /** The last descriptor of an open file is gone, and so are its mappings. Nobody waits for the outcome. */
    default void release(ReleaseRequest request) {
    }

    /** Makes an open file's data and metadata durable. */
    default void fsync(FsyncRequest request) {
        throw unsupported("fsync");
    }

    /** Sets an extended attribute. */
    default void setxattr(SetXattrRequest request) {
        throw unsupported("setxattr");
    }

    /** Value of an extended attribute. */
    default void getxattr(GetXattrRequest request, XattrReply reply) {
        throw unsupported("getxattr");
    }

    /** Names of all extended attributes, each followed by NUL. */
    default void listxattr(GetXattrRequest request, XattrReply reply) {
        throw unsupported("listxattr");
    }

    /** Removes an extended attribute. */
    default void removexattr(NameRequest request) {
        throw unsupported("removexattr");
    }

    /** A descriptor of an open file is closed: the last chance to report an error of earlier writes. */
    default void flush(FlushRequest request) {
        throw unsupported("flush");
    }

    /** Opens a directory. */
    default void opendir(OpenRequest request, OpenReply reply) {
        throw unsupported("opendir");
    }

    /** Entries of an open directory. */
    default void readdir(ReadRequest request, DirectoryReply reply) {
        throw unsupported("readdir");
    }

    /** Entries of an open directory with their nodes, each but {@code .} and {@code ..} looked up. */
    default void readdirplus(ReadRequest request, DirectoryReply reply) {
        throw unsupported("readdirplus");
    }

    /** An open directory is closed. */
    default void releasedir(ReleaseRequest request) {
    }

    /** Makes an open directory's entries durable. */
    default void fsyncdir(FsyncRequest request) {
        throw unsupported("fsyncdir");
    }

    /** Tells of a lock that is in the way of the given one. */
    default void getlk(LockRequest request, LockReply reply) {
        throw unsupported("getlk");
    }

    /** Takes or drops a lock, or fails with {@code EAGAIN} if it cannot be had at once. */
    default void setlk(LockRequest request) {
        throw unsupported("setlk");
    }

    /** As {@link #setlk}, but waits; fails with {@code EINTR} when {@link Request#interrupted()}. */
    default void setlkw(LockRequest request) {
        throw unsupported("setlkw");
    }

    /** Whether the caller may access the node. */
    default void access(AccessRequest request) {
        throw unsupported("access");
    }

    /** Makes a regular file and opens it. */
    default void create(CreateRequest request, CreateReply reply) {
        throw unsupported("create");
    }

    /** Makes a regular file without a name in directory {@link Request#nodeId()} and opens it (O_TMPFILE). */
    default void tmpfile(CreateRequest request, CreateReply reply) {
        throw unsupported("tmpfile");
    }

    /** Block of the device that holds a block of the file. */
    default void bmap(BmapRequest request, BmapReply reply) {
        throw unsupported("bmap");
    }

    /** A device-specific command; by default there is none, whatever the number. */
    default void ioctl(IoctlRequest request, IoctlReply reply) {
        throw new ErrnoException("ioctl", Errno.ENOTTY);
    }

    /** Whether an open file is ready. */
    default void poll(PollRequest request, PollReply reply) {
        throw unsupported("poll");
    }

    /** Allocates, punches or shifts a range of an open file. */
    default void fallocate(FallocateRequest request) {
        throw unsupported("fallocate");
    }

    /** Finds data or a hole in an open file. */
    default void lseek(LseekRequest request, LseekReply reply) {
        throw unsupported("lseek");
    }

    /** Copies from one open file to another. */
    default void copyFileRange(CopyFileRangeRequest request, WriteReply reply) {
        throw unsupported("copy_file_range");
    }

    /** Makes everything durable. */
    default void syncfs(Request request) {
        throw unsupported("syncfs");
    }

    /** Attributes of a node as statx(2) knows them; without it the kernel asks {@link #getattr}. */
    default void statx(StatxRequest request, StatxReply reply) {
        throw unsupported("statx");
    }

    /** Cached data that {@link Notifier#retrieve} asked for. There is no reply. */
    default void retrieved(RetrievedRequest request) {
    }

    /** The last request: the file system is unmounted, after which no node or handle is known to the kernel. */
    default void destroy() {
    }

    private static ErrnoException unsupported(String call) {
        return new ErrnoException(call, Errno.ENOSYS);
    }
}
