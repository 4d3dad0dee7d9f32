// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.fuse.DataReply;
import io.fuselet.fuse.EntryReply;
import io.fuselet.fuse.LinkRequest;
import io.fuselet.fuse.MkdirRequest;
import io.fuselet.fuse.MknodRequest;
import io.fuselet.fuse.NameRequest;
import io.fuselet.fuse.RenameRequest;
import io.fuselet.fuse.Request;
import io.fuselet.fuse.SymlinkRequest;
import io.fuselet.sys.At;
import io.fuselet.sys.CString;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.ProcFd;
import io.fuselet.sys.TreeCalls;

/** Names in directories: found, made, moved and removed. */
final class NameOperations {
    private final Tree tree;
    private final Callers callers;

    NameOperations(Tree tree, Callers callers) {
        this.tree = tree;
        this.callers = callers;
    }

    void lookup(NameRequest request, EntryReply reply) {
        Node parent = tree.nodes().get(request.nodeId());
        try (Pin directory = tree.pin(parent)) {
            tree.lookUp(parent, directory.fd(), Tree.entryName(request.name()), reply);
        }
    }

    void readlink(Request request, DataReply reply) {
        try (Pin link = tree.pin(request.nodeId())) {
            byte[] target = TreeCalls.readlinkat(link.fd(), CString.EMPTY);
            reply.append(target, 0, Math.min(target.length, reply.capacity()));
        }
    }

    void symlink(SymlinkRequest request, EntryReply reply) {
        byte[] name = Tree.entryName(request.name());
        byte[] target = Tree.copy(request.target());
        make(request, 0, name, reply, dirfd -> TreeCalls.symlinkat(target, dirfd, name));
    }

    void mknod(MknodRequest request, EntryReply reply) {
        byte[] name = Tree.entryName(request.name());
        long device = Integer.toUnsignedLong(request.rdev());
        make(request, request.umask(), name, reply, dirfd -> TreeCalls.mknodat(dirfd, name, request.mode(), device));
    }

    void mkdir(MkdirRequest request, EntryReply reply) {
        byte[] name = Tree.entryName(request.name());
        make(request, request.umask(), name, reply, dirfd -> TreeCalls.mkdirat(dirfd, name, request.mode()));
    }

    private interface Maker {
        void make(int dirfd);
    }

    private void make(Request request, int umask, byte[] name, EntryReply reply, Maker maker) {
        Node parent = tree.nodes().get(request.nodeId());
        try (Pin directory = tree.pin(parent)) {
            tolerating(request, Errno.EEXIST, () -> callers.run(request, umask, () -> {
                maker.make(directory.fd());
                return 0;
            }));
            tree.lookUp(parent, directory.fd(), name, reply);
        }
    }

    void link(LinkRequest request, EntryReply reply) {
        Node parent = tree.nodes().get(request.nodeId());
        byte[] name = Tree.entryName(request.name());
        try (Pin directory = tree.pin(parent); Pin target = tree.pin(request.target())) {
            tolerating(request, Errno.EEXIST,
                    () -> TreeCalls.linkat(At.AT_FDCWD, ProcFd.path(target.fd()), directory.fd(), name, At.AT_SYMLINK_FOLLOW));
            tree.lookUp(parent, directory.fd(), name, reply);
        }
    }

    /** Where a server that died may have done it already, the error that this would cause is none. */
    private static void tolerating(Request request, int errno, Runnable call) {
        try {
            call.run();
        } catch (ErrnoException e) {
            if (e.errno() != errno || !request.repeated()) {
                throw e;
            }
        }
    }

    void unlink(NameRequest request) {
        remove(request, 0);
    }

    void rmdir(NameRequest request) {
        remove(request, At.AT_REMOVEDIR);
    }

    private void remove(NameRequest request, int flags) {
        byte[] name = Tree.entryName(request.name());
        try (Pin directory = tree.pin(request.nodeId()); Pin victim = victim(directory, name)) {
            tolerating(request, Errno.ENOENT, () -> TreeCalls.unlinkat(directory.fd(), name, flags));
            keepOpen(victim);
        }
    }

    void rename(RenameRequest request) {
        byte[] name = Tree.entryName(request.name());
        byte[] newName = Tree.entryName(request.newName());
        Node parent = tree.nodes().get(request.nodeId());
        Node newParent = tree.nodes().get(request.newParent());
        try (Pin from = tree.pin(parent); Pin to = tree.pin(newParent); Pin victim = victim(to, newName)) {
            tolerating(request, Errno.ENOENT, () -> TreeCalls.renameat2(from.fd(), name, to.fd(), newName, request.flags()));
            moved(to, newName, newParent);
            if ((request.flags() & At.RENAME_EXCHANGE) != 0) {
                moved(from, name, parent);
            } else {
                keepOpen(victim);
            }
        }
    }

    private void moved(Pin directory, byte[] name, Node parent) {
        Node node = tree.known(directory.fd(), name);
        if (node != null) {
            node.moved(parent, name);
        }
    }

    /** What is about to lose this name, pinned so that it can still be used without one; null if unknown. */
    private Pin victim(Pin directory, byte[] name) {
        Node node = tree.known(directory.fd(), name);
        try {
            return node == null ? null : tree.pin(node);
        } catch (ErrnoException e) {
            return null;
        }
    }

    private static void keepOpen(Pin victim) {
        if (victim != null) {
            victim.node().keepOpen();
        }
    }
}
