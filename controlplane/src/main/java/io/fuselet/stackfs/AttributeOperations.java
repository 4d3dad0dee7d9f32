// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.fuse.AttrReply;
import io.fuselet.fuse.GetAttrRequest;
import io.fuselet.fuse.Request;
import io.fuselet.fuse.SetAttrRequest;
import io.fuselet.fuse.StatfsReply;
import io.fuselet.fuse.StatxReply;
import io.fuselet.fuse.StatxRequest;
import io.fuselet.sys.At;
import io.fuselet.sys.CString;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Mode;
import io.fuselet.sys.ProcFd;
import io.fuselet.sys.Stat;
import io.fuselet.sys.StatFs;
import io.fuselet.sys.TreeCalls;

/** Attributes of nodes and of the file system. A handle is never needed: an open file pins its node. */
final class AttributeOperations {
    /** In place of an id: leave it, see chown(2). */
    private static final int UNCHANGED = -1;

    private final Tree tree;
    private final OpenFiles files;

    AttributeOperations(Tree tree, OpenFiles files) {
        this.tree = tree;
        this.files = files;
    }

    void getattr(GetAttrRequest request, AttrReply reply) {
        try (Pin node = tree.pin(request.nodeId())) {
            answer(node, reply);
        }
    }

    void statx(StatxRequest request, StatxReply reply) {
        try (Pin node = tree.pin(request.nodeId())) {
            Stat.raw(node.fd(), request.flags(), request.mask(), reply.statxAddress());
            reply.attrTimeout(tree.options().attrTimeoutNanos());
        }
    }

    void setattr(SetAttrRequest request, AttrReply reply) {
        WorkerThread.current();
        try (Pin node = tree.pin(request.nodeId())) {
            setOwner(node, request);
            setSize(node, request);
            // after the owner and the size, whose changes clear set-id bits
            if (request.has(SetAttrRequest.MODE)) {
                TreeCalls.fchmodat(At.AT_FDCWD, ProcFd.path(node.fd()), request.mode() & Mode.PERMISSIONS);
            }
            setTimes(node, request);
            answer(node, reply);
        }
    }

    private static void setOwner(Pin node, SetAttrRequest request) {
        int uid = request.has(SetAttrRequest.UID_SET) ? request.ownerUid() : UNCHANGED;
        int gid = request.has(SetAttrRequest.GID_SET) ? request.ownerGid() : UNCHANGED;
        if (uid != UNCHANGED || gid != UNCHANGED) {
            TreeCalls.fchownat(node.fd(), CString.EMPTY, uid, gid, At.AT_EMPTY_PATH);
        }
    }

    /** Through the caller's handle where there is one: it may be allowed what the file's mode no longer allows. */
    private void setSize(Pin node, SetAttrRequest request) {
        if (!request.has(SetAttrRequest.SIZE)) {
            return;
        }
        OpenFile file = request.has(SetAttrRequest.FH) ? files.find(request.fh()) : null;
        if (file != null) {
            FileCalls.ftruncate(file.fd(), request.size());
        } else {
            FileCalls.truncate(ProcFd.path(node.fd()), request.size());
        }
    }

    private static void setTimes(Pin node, SetAttrRequest request) {
        int atimeNanos = nanos(request, SetAttrRequest.ATIME, SetAttrRequest.ATIME_NOW, request.atimeNanos());
        int mtimeNanos = nanos(request, SetAttrRequest.MTIME, SetAttrRequest.MTIME_NOW, request.mtimeNanos());
        if (atimeNanos != TreeCalls.UTIME_OMIT || mtimeNanos != TreeCalls.UTIME_OMIT) {
            TreeCalls.utimensat(node.fd(), CString.EMPTY, request.atime(), atimeNanos, request.mtime(), mtimeNanos,
                    At.AT_EMPTY_PATH);
        }
    }

    private static int nanos(SetAttrRequest request, int given, int now, int nanos) {
        if (request.has(now)) {
            return TreeCalls.UTIME_NOW;
        }
        return request.has(given) ? nanos : TreeCalls.UTIME_OMIT;
    }

    private void answer(Pin node, AttrReply reply) {
        Tree.fill(reply.attr(), Stat.of(node.fd()));
        reply.attrTimeout(tree.options().attrTimeoutNanos());
    }

    void statfs(Request request, StatfsReply reply) {
        try (Pin node = tree.pin(request.nodeId())) {
            StatFs fs = StatFs.of(node.fd());
            reply.blocks(fs.blocks(), fs.bfree(), fs.bavail()).files(fs.files(), fs.ffree())
                    .blockSize((int) fs.bsize()).fragmentSize((int) fs.frsize()).nameLength((int) fs.namelen());
        }
    }
}
