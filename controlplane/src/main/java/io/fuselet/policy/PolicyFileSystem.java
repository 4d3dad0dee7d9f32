// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import static io.fuselet.policy.NodeFlags.DENY_READ;
import static io.fuselet.policy.NodeFlags.DENY_WRITE;

import io.fuselet.fuse.AccessRequest;
import io.fuselet.fuse.AttrReply;
import io.fuselet.fuse.BmapReply;
import io.fuselet.fuse.BmapRequest;
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
import io.fuselet.fuse.IoctlReply;
import io.fuselet.fuse.IoctlRequest;
import io.fuselet.fuse.LinkRequest;
import io.fuselet.fuse.LockReply;
import io.fuselet.fuse.LockRequest;
import io.fuselet.fuse.LseekReply;
import io.fuselet.fuse.LseekRequest;
import io.fuselet.fuse.MkdirRequest;
import io.fuselet.fuse.MknodRequest;
import io.fuselet.fuse.Name;
import io.fuselet.fuse.NameRequest;
import io.fuselet.fuse.OpenReply;
import io.fuselet.fuse.OpenRequest;
import io.fuselet.fuse.PollReply;
import io.fuselet.fuse.PollRequest;
import io.fuselet.fuse.ReadRequest;
import io.fuselet.fuse.ReleaseRequest;
import io.fuselet.fuse.RenameRequest;
import io.fuselet.fuse.Request;
import io.fuselet.fuse.RetrievedRequest;
import io.fuselet.fuse.SetAttrRequest;
import io.fuselet.fuse.SetXattrRequest;
import io.fuselet.fuse.StatfsReply;
import io.fuselet.fuse.StatxReply;
import io.fuselet.fuse.StatxRequest;
import io.fuselet.fuse.SymlinkRequest;
import io.fuselet.fuse.WriteReply;
import io.fuselet.fuse.WriteRequest;
import io.fuselet.fuse.XattrReply;
import io.fuselet.policy.KnownNode.Link;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Mode;
import io.fuselet.sys.Open;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * A file system under a policy, whatever the tier: in the lower ones everything is enforced here, under an extension what programs leave.
 *
 * <p>Requests that move names exclude those that find or make them, so that a path is what it was when it was judged. Replacing the
 * policy excludes all requests while they are judged: each is under the old policy or under the new one.
 */
public final class PolicyFileSystem implements FileSystem {
    private static final byte[] ACL = "system.posix_acl_".getBytes(StandardCharsets.US_ASCII);
    /** RENAME_EXCHANGE, include/uapi/linux/fs.h. */
    private static final int EXCHANGE = 1 << 1;

    private final FileSystem inner;
    private final KnownNodes nodes;
    private final PolicyGuard guard;
    private final Lock shared;
    private final Lock exclusive;
    private volatile Consumer<List<KnownName>> outdated = names -> { };

    public PolicyFileSystem(FileSystem inner, Policy policy, AuditSink audit) {
        this.inner = inner;
        nodes = new KnownNodes(policy, NodeFlagsMap.NONE);
        guard = new PolicyGuard(policy, nodes, new Auditor(audit));
        ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        shared = lock.readLock();
        exclusive = lock.writeLock();
    }

    /** Something that may fail in its own way. */
    @FunctionalInterface
    public interface Step<E extends Exception> {
        void run() throws E;
    }

    /** A name in a directory, by node id. */
    public record KnownName(long parent, byte[] name, long node) {}

    /**
     * Another policy from now on, or another map for the programs of the present one.
     *
     * @param map gets the flags of all nodes that the kernel knows
     * @param activate makes programs use the map; nothing has changed if it throws
     * @return the names of what is treated otherwise than before, of which the kernel may have cached what it now must ask for
     */
    public <E extends Exception> List<KnownName> replace(Policy policy, NodeFlagsMap map, Step<E> activate) throws E {
        exclusive.lock();
        try {
            List<Link> changed = nodes.replace(policy, map, activate::run);
            guard.replace(policy);
            return named(changed);
        } finally {
            exclusive.unlock();
        }
    }

    private static List<KnownName> named(List<Link> links) {
        return links.stream()
                .map(link -> new KnownName(link.parent().id, link.bytes(), link.parent().children.get(link.name()).id))
                .toList();
    }

    /**
     * Says who is told of names below a directory that has moved, of which the kernel may have cached what it now must ask for. It is told on
     * a thread that serves a request.
     */
    public void onOutdated(Consumer<List<KnownName>> names) {
        outdated = names;
    }

    /** Runs something short while no node gets another path or none. */
    public void whilePathsStay(Runnable action) {
        nodes.whilePathsStay(action);
    }

    /** The paths under which the kernel knows a node, none if it does not. */
    public List<TreePath> paths(long nodeId) {
        return nodes.paths(nodeId);
    }

    private void require(Request request, int needed) {
        shared.lock();
        try {
            guard.require(request, request.nodeId(), needed);
        } finally {
            shared.unlock();
        }
    }

    private void requireQuietly(Request request, int needed) {
        shared.lock();
        try {
            guard.requireQuietly(request, request.nodeId(), needed);
        } finally {
            shared.unlock();
        }
    }

    // ---------------------------------------------------------------------- names

    @Override
    public void lookup(NameRequest request, EntryReply reply) {
        byte[] name = request.name().toByteArray();
        shared.lock();
        try {
            guard.requireVisible(request, request.nodeId(), name);
            inner.lookup(request, reply);
            if (reply.nodeId() != 0) {
                answer(request, name, reply);
                hideUnderOtherName(request, reply);
            }
        } finally {
            shared.unlock();
        }
    }

    /** Names that are not the same for everybody are asked for each time. */
    private void answer(Request request, byte[] name, EntryReply reply) {
        KnownNode node = nodes.add(request.nodeId(), name, reply.nodeId(), Mode.isDirectory(reply.attr().mode()));
        if (!node.isAlikeForAll()) {
            reply.entryTimeout(0);
        }
    }

    /** A further name of what is hidden under another one. */
    private void hideUnderOtherName(Request request, EntryReply reply) {
        if ((guard.flags(request, reply.nodeId()) & NodeFlags.HIDE) != 0) {
            forget(reply.nodeId(), 1);
            throw new ErrnoException("policy", Errno.ENOENT);
        }
    }

    /** Nodes first: the inner file system may use the id for another one as soon as it has forgotten this. */
    @Override
    public void forget(long nodeId, long lookups) {
        nodes.forget(nodeId, lookups);
        inner.forget(nodeId, lookups);
    }

    @Override
    public void symlink(SymlinkRequest request, EntryReply reply) {
        make(request, request.name(), reply, () -> inner.symlink(request, reply));
    }

    @Override
    public void mknod(MknodRequest request, EntryReply reply) {
        make(request, request.name(), reply, () -> inner.mknod(request, reply));
    }

    @Override
    public void mkdir(MkdirRequest request, EntryReply reply) {
        make(request, request.name(), reply, () -> inner.mkdir(request, reply));
    }

    @Override
    public void create(CreateRequest request, CreateReply reply) {
        make(request, request.name(), reply.entry(), () -> inner.create(request, reply));
    }

    private void make(Request request, Name newName, EntryReply reply, Runnable making) {
        byte[] name = newName.toByteArray();
        shared.lock();
        try {
            guard.requireNew(request, request.nodeId(), name);
            making.run();
            answer(request, name, reply);
        } finally {
            shared.unlock();
        }
    }

    @Override
    public void tmpfile(CreateRequest request, CreateReply reply) {
        shared.lock();
        try {
            guard.require(request, request.nodeId(), DENY_WRITE);
            inner.tmpfile(request, reply);
            nodes.addNameless(request.nodeId(), reply.entry().nodeId());
        } finally {
            shared.unlock();
        }
    }

    @Override
    public void link(LinkRequest request, EntryReply reply) {
        byte[] name = request.name().toByteArray();
        exclusive.lock();
        try {
            guard.requireLinkable(request, request.target(), request.nodeId(), name);
            inner.link(request, reply);
            answer(request, name, reply);
        } finally {
            exclusive.unlock();
        }
    }

    @Override
    public void unlink(NameRequest request) {
        remove(request, () -> inner.unlink(request));
    }

    @Override
    public void rmdir(NameRequest request) {
        remove(request, () -> inner.rmdir(request));
    }

    private void remove(NameRequest request, Runnable removing) {
        byte[] name = request.name().toByteArray();
        shared.lock();
        try {
            guard.requireRemovable(request, request.nodeId(), name);
            removing.run();
            nodes.unlink(request.nodeId(), name);
        } finally {
            shared.unlock();
        }
    }

    @Override
    public void rename(RenameRequest request) {
        byte[] name = request.name().toByteArray();
        byte[] newName = request.newName().toByteArray();
        boolean exchange = (request.flags() & EXCHANGE) != 0;
        exclusive.lock();
        try {
            guard.requireMovable(request, request.nodeId(), name, request.newParent(), newName, exchange);
            inner.rename(request);
            List<Link> changed = exchange
                    ? nodes.exchange(request.nodeId(), name, request.newParent(), newName)
                    : nodes.rename(request.nodeId(), name, request.newParent(), newName);
            if (!changed.isEmpty()) {
                outdated.accept(named(changed));
            }
        } finally {
            exclusive.unlock();
        }
    }

    // ---------------------------------------------------------------- directories

    @Override
    public void opendir(OpenRequest request, OpenReply reply) {
        requireListing(request, true);
        inner.opendir(request, reply);
    }

    private void requireListing(Request request, boolean told) {
        shared.lock();
        try {
            guard.requireListing(request, request.nodeId(), told);
        } finally {
            shared.unlock();
        }
    }

    @Override
    public void readdir(ReadRequest request, DirectoryReply reply) {
        list(request, reply, () -> inner.readdir(request, reply));
    }

    @Override
    public void readdirplus(ReadRequest request, DirectoryReply reply) {
        list(request, reply, () -> inner.readdirplus(request, reply));
    }

    private void list(ReadRequest request, DirectoryReply reply, Runnable listing) {
        long directory = request.nodeId();
        shared.lock();
        try {
            guard.requireListing(request, directory, false);
            if ((guard.flags(request, directory) & NodeFlags.HIDES_NAMES) != 0) {
                reply.omit(name -> guard.isHidden(request, directory, name));
            }
            listing.run();
            reply.forEachNode((name, entry) -> answer(request, name, entry));
        } finally {
            shared.unlock();
        }
    }

    @Override
    public void releasedir(ReleaseRequest request) {
        inner.releasedir(request);
    }

    @Override
    public void fsyncdir(FsyncRequest request) {
        inner.fsyncdir(request);
    }

    // ----------------------------------------------------------------- attributes

    @Override
    public void getattr(GetAttrRequest request, AttrReply reply) {
        requireQuietly(request, 0);
        inner.getattr(request, reply);
    }

    @Override
    public void statx(StatxRequest request, StatxReply reply) {
        requireQuietly(request, 0);
        inner.statx(request, reply);
    }

    @Override
    public void access(AccessRequest request) {
        requireQuietly(request, 0);
        inner.access(request);
    }

    @Override
    public void setattr(SetAttrRequest request, AttrReply reply) {
        require(request, DENY_WRITE);
        inner.setattr(request, reply);
    }

    @Override
    public void readlink(Request request, DataReply reply) {
        require(request, DENY_READ);
        inner.readlink(request, reply);
    }

    @Override
    public void setxattr(SetXattrRequest request) {
        require(request, DENY_WRITE);
        inner.setxattr(request);
    }

    /** Access control lists are attributes like the mode: the kernel itself asks for them. */
    @Override
    public void getxattr(GetXattrRequest request, XattrReply reply) {
        byte[] name = request.name().toByteArray();
        boolean acl = name.length > ACL.length && Arrays.equals(name, 0, ACL.length, ACL, 0, ACL.length);
        requireQuietly(request, acl ? 0 : DENY_READ);
        inner.getxattr(request, reply);
    }

    @Override
    public void listxattr(GetXattrRequest request, XattrReply reply) {
        requireQuietly(request, DENY_READ);
        inner.listxattr(request, reply);
    }

    @Override
    public void removexattr(NameRequest request) {
        require(request, DENY_WRITE);
        inner.removexattr(request);
    }

    @Override
    public void statfs(Request request, StatfsReply reply) {
        inner.statfs(request, reply);
    }

    // ---------------------------------------------------------------------- files

    @Override
    public void open(OpenRequest request, OpenReply reply) {
        require(request, rights(request.flags()));
        inner.open(request, reply);
    }

    /** What flags of open(2) ask for; the access mode 3 stands for both. */
    static int rights(int flags) {
        int write = (flags & Open.O_TRUNC) != 0 ? DENY_WRITE : 0;
        return switch (flags & Open.O_ACCMODE) {
            case Open.O_RDONLY -> DENY_READ | write;
            case Open.O_WRONLY -> DENY_WRITE;
            default -> DENY_READ | DENY_WRITE;
        };
    }

    @Override
    public void read(ReadRequest request, DataReply reply) {
        requireQuietly(request, DENY_READ);
        inner.read(request, reply);
    }

    /** What the kernel writes back was stored in a mapping that was allowed when it was made, by whom is not known any more. */
    @Override
    public void write(WriteRequest request, WriteReply reply) {
        if ((request.writeFlags() & WriteRequest.CACHE) == 0) {
            requireQuietly(request, DENY_WRITE);
        }
        inner.write(request, reply);
    }

    @Override
    public void fallocate(FallocateRequest request) {
        require(request, DENY_WRITE);
        inner.fallocate(request);
    }

    @Override
    public void copyFileRange(CopyFileRangeRequest request, WriteReply reply) {
        shared.lock();
        try {
            guard.require(request, request.nodeId(), DENY_READ);
            guard.require(request, request.nodeIdOut(), DENY_WRITE);
        } finally {
            shared.unlock();
        }
        inner.copyFileRange(request, reply);
    }

    @Override
    public void lseek(LseekRequest request, LseekReply reply) {
        requireQuietly(request, DENY_READ);
        inner.lseek(request, reply);
    }

    @Override
    public void bmap(BmapRequest request, BmapReply reply) {
        requireQuietly(request, DENY_READ);
        inner.bmap(request, reply);
    }

    @Override
    public void ioctl(IoctlRequest request, IoctlReply reply) {
        requireQuietly(request, DENY_READ | DENY_WRITE);
        inner.ioctl(request, reply);
    }

    @Override
    public void poll(PollRequest request, PollReply reply) {
        inner.poll(request, reply);
    }

    @Override
    public void flush(FlushRequest request) {
        inner.flush(request);
    }

    @Override
    public void fsync(FsyncRequest request) {
        inner.fsync(request);
    }

    @Override
    public void release(ReleaseRequest request) {
        inner.release(request);
    }

    @Override
    public void getlk(LockRequest request, LockReply reply) {
        inner.getlk(request, reply);
    }

    @Override
    public void setlk(LockRequest request) {
        inner.setlk(request);
    }

    @Override
    public void setlkw(LockRequest request) {
        inner.setlkw(request);
    }

    @Override
    public void syncfs(Request request) {
        inner.syncfs(request);
    }

    @Override
    public void retrieved(RetrievedRequest request) {
        inner.retrieved(request);
    }

    @Override
    public void destroy() {
        inner.destroy();
    }
}
