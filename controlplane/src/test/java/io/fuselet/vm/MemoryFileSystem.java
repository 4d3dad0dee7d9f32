// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.fuse.Attributes;
import io.fuselet.fuse.AttrReply;
import io.fuselet.fuse.CreateReply;
import io.fuselet.fuse.CreateRequest;
import io.fuselet.fuse.DataReply;
import io.fuselet.fuse.DirectoryReply;
import io.fuselet.fuse.EntryReply;
import io.fuselet.fuse.FileSystem;
import io.fuselet.fuse.FlushRequest;
import io.fuselet.fuse.GetAttrRequest;
import io.fuselet.fuse.GetXattrRequest;
import io.fuselet.fuse.LinkRequest;
import io.fuselet.fuse.MkdirRequest;
import io.fuselet.fuse.Name;
import io.fuselet.fuse.NameRequest;
import io.fuselet.fuse.OpenReply;
import io.fuselet.fuse.OpenRequest;
import io.fuselet.fuse.ReadRequest;
import io.fuselet.fuse.RenameRequest;
import io.fuselet.fuse.Request;
import io.fuselet.fuse.SetAttrRequest;
import io.fuselet.fuse.SetXattrRequest;
import io.fuselet.fuse.SymlinkRequest;
import io.fuselet.fuse.WriteReply;
import io.fuselet.fuse.WriteRequest;
import io.fuselet.fuse.XattrReply;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Mode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file system in memory, as small as the tests of the protocol allow: one lock, no permissions of its own. Names are bytes,
 * wrapped to be keys.
 */
class MemoryFileSystem implements FileSystem {
    /** A day: what the kernel caches changes by its own doing or by notification only. */
    static final long LONG = 86_400_000_000_000L;

    static final class Node {
        final long id;
        int mode;
        int uid;
        int gid;
        int links = 1;
        long lookups;
        long mtime;
        byte[] data = {};
        final Map<ByteBuffer, Node> entries = new TreeMap<>();
        final Map<ByteBuffer, byte[]> attributes = new TreeMap<>();

        private Node(long id, int mode) {
            this.id = id;
            this.mode = mode;
        }

        boolean isDirectory() {
            return Mode.isDirectory(mode);
        }
    }

    private final Map<Long, Node> nodes = new HashMap<>();
    private long lastId = Request.ROOT_ID;
    private boolean destroyed;

    MemoryFileSystem() {
        nodes.put(Request.ROOT_ID, new Node(Request.ROOT_ID, Mode.S_IFDIR | 0777));
    }

    static ByteBuffer key(byte[] name) {
        return ByteBuffer.wrap(name);
    }

    private static ByteBuffer key(Name name) {
        return key(name.toByteArray());
    }

    private static ErrnoException error(int errno) {
        return new ErrnoException("memory", errno);
    }

    synchronized Node node(long id) {
        Node node = nodes.get(id);
        if (node == null) {
            throw error(Errno.ESTALE);
        }
        return node;
    }

    private Node child(long parent, ByteBuffer name) {
        Node child = node(parent).entries.get(name);
        if (child == null) {
            throw error(Errno.ENOENT);
        }
        return child;
    }

    private Node make(long parent, ByteBuffer name, int mode, Request request) {
        if (node(parent).entries.containsKey(name)) {
            throw error(Errno.EEXIST);
        }
        Node node = new Node(++lastId, mode);
        node.uid = request.uid();
        node.gid = request.gid();
        nodes.put(node.id, node);
        node(parent).entries.put(name, node);
        return node;
    }

    private void fill(EntryReply reply, Node node) {
        node.lookups++;
        reply.nodeId(node.id).entryTimeout(LONG).attrTimeout(LONG);
        fill(reply.attr(), node);
    }

    private static void fill(Attributes attributes, Node node) {
        attributes.ino(node.id).mode(node.mode).nlink(node.links).uid(node.uid).gid(node.gid).size(node.data.length)
                .blocks((node.data.length + 511) / 512).mtime(node.mtime, 0);
    }

    /** Number of nodes that the kernel or the tree knows. */
    synchronized int nodeCount() {
        return nodes.size();
    }

    synchronized boolean isDestroyed() {
        return destroyed;
    }

    /** Changes the tree behind the kernel's back. */
    synchronized void removeSilently(long parent, byte[] name) {
        node(parent).entries.remove(key(name));
    }

    synchronized void writeSilently(long nodeId, byte[] data) {
        node(nodeId).data = data.clone();
    }

    synchronized long idOf(String name) {
        return child(Request.ROOT_ID, key(name.getBytes())).id;
    }

    @Override
    public synchronized void lookup(NameRequest request, EntryReply reply) {
        Node found = node(request.nodeId()).entries.get(key(request.name()));
        if (found == null) {
            reply.entryTimeout(LONG);
        } else {
            fill(reply, found);
        }
    }

    @Override
    public synchronized void forget(long nodeId, long lookups) {
        Node node = nodes.get(nodeId);
        if (node != null) {
            node.lookups -= lookups;
            dropIfUnused(node);
        }
    }

    private void dropIfUnused(Node node) {
        if (node.links <= 0 && node.lookups == 0) {
            nodes.remove(node.id);
        }
    }

    @Override
    public synchronized void getattr(GetAttrRequest request, AttrReply reply) {
        fill(reply.attrTimeout(LONG).attr(), node(request.nodeId()));
    }

    @Override
    public synchronized void setattr(SetAttrRequest request, AttrReply reply) {
        Node node = node(request.nodeId());
        if (request.has(SetAttrRequest.MODE)) {
            node.mode = request.mode();
        }
        if (request.has(SetAttrRequest.UID_SET)) {
            node.uid = request.ownerUid();
        }
        if (request.has(SetAttrRequest.GID_SET)) {
            node.gid = request.ownerGid();
        }
        if (request.has(SetAttrRequest.SIZE)) {
            node.data = Arrays.copyOf(node.data, (int) request.size());
        }
        if (request.has(SetAttrRequest.MTIME)) {
            node.mtime = request.mtime();
        }
        fill(reply.attrTimeout(LONG).attr(), node);
    }

    @Override
    public synchronized void readlink(Request request, DataReply reply) {
        byte[] target = node(request.nodeId()).data;
        reply.append(target, 0, target.length);
    }

    @Override
    public synchronized void symlink(SymlinkRequest request, EntryReply reply) {
        Node link = make(request.nodeId(), key(request.name()), Mode.S_IFLNK | 0777, request);
        link.data = request.target().toByteArray();
        fill(reply, link);
    }

    @Override
    public synchronized void mkdir(MkdirRequest request, EntryReply reply) {
        fill(reply, make(request.nodeId(), key(request.name()), Mode.S_IFDIR | request.mode(), request));
    }

    @Override
    public synchronized void create(CreateRequest request, CreateReply reply) {
        fill(reply.entry(), make(request.nodeId(), key(request.name()), request.mode(), request));
        reply.open().fh(1);
    }

    @Override
    public synchronized void link(LinkRequest request, EntryReply reply) {
        Node node = node(request.target());
        node(request.nodeId()).entries.put(key(request.name()), node);
        node.links++;
        fill(reply, node);
    }

    @Override
    public synchronized void unlink(NameRequest request) {
        remove(request);
    }

    @Override
    public synchronized void rmdir(NameRequest request) {
        if (!child(request.nodeId(), key(request.name())).entries.isEmpty()) {
            throw error(Errno.ENOTEMPTY);
        }
        remove(request);
    }

    private void remove(NameRequest request) {
        Node child = child(request.nodeId(), key(request.name()));
        node(request.nodeId()).entries.remove(key(request.name()));
        child.links--;
        dropIfUnused(child);
    }

    @Override
    public synchronized void rename(RenameRequest request) {
        if (request.flags() != 0) {
            throw error(Errno.EINVAL);
        }
        Node moved = child(request.nodeId(), key(request.name()));
        Node replaced = node(request.newParent()).entries.put(key(request.newName()), moved);
        node(request.nodeId()).entries.remove(key(request.name()));
        if (replaced != null) {
            replaced.links--;
            dropIfUnused(replaced);
        }
    }

    @Override
    public void open(OpenRequest request, OpenReply reply) {
        reply.fh(1).flags(OpenReply.KEEP_CACHE);
    }

    @Override
    public synchronized void read(ReadRequest request, DataReply reply) {
        byte[] data = node(request.nodeId()).data;
        int from = (int) Math.min(request.offset(), data.length);
        reply.append(data, from, Math.min(reply.capacity(), data.length - from));
    }

    @Override
    public synchronized void write(WriteRequest request, WriteReply reply) {
        Node node = node(request.nodeId());
        int end = (int) request.offset() + request.size();
        if (end > node.data.length) {
            node.data = Arrays.copyOf(node.data, end);
        }
        request.copyData(0, node.data, (int) request.offset(), request.size());
        reply.written(request.size());
    }

    @Override
    public void flush(FlushRequest request) {
    }

    @Override
    public void opendir(OpenRequest request, OpenReply reply) {
        reply.fh(1);
    }

    @Override
    public synchronized void readdir(ReadRequest request, DirectoryReply reply) {
        list(request, reply);
    }

    @Override
    public synchronized void readdirplus(ReadRequest request, DirectoryReply reply) {
        list(request, reply);
    }

    /** Offsets are positions in the order of names, which is good enough while nobody changes the directory. */
    private void list(ReadRequest request, DirectoryReply reply) {
        List<Map.Entry<ByteBuffer, Node>> entries = new ArrayList<>(node(request.nodeId()).entries.entrySet());
        for (int i = (int) request.offset(); i < entries.size(); i++) {
            byte[] name = entries.get(i).getKey().array();
            Node node = entries.get(i).getValue();
            if (!reply.fits(name.length)) {
                return;
            }
            if (reply.plus()) {
                fill(reply.addPlus(name, 0, name.length, node.id, i + 1, Mode.directoryType(node.mode)), node);
            } else {
                reply.add(name, 0, name.length, node.id, i + 1, Mode.directoryType(node.mode));
            }
        }
    }

    @Override
    public synchronized void setxattr(SetXattrRequest request) {
        node(request.nodeId()).attributes.put(key(request.name()), request.valueToByteArray());
    }

    @Override
    public synchronized void getxattr(GetXattrRequest request, XattrReply reply) {
        byte[] value = node(request.nodeId()).attributes.get(key(request.name()));
        if (value == null) {
            throw error(Errno.ENODATA);
        }
        reply.value(value);
    }

    @Override
    public synchronized void listxattr(GetXattrRequest request, XattrReply reply) {
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        node(request.nodeId()).attributes.keySet().forEach(name -> {
            names.writeBytes(name.array());
            names.write(0);
        });
        reply.value(names.toByteArray());
    }

    @Override
    public synchronized void removexattr(NameRequest request) {
        if (node(request.nodeId()).attributes.remove(key(request.name())) == null) {
            throw error(Errno.ENODATA);
        }
    }

    @Override
    public synchronized void destroy() {
        destroyed = true;
    }
}
