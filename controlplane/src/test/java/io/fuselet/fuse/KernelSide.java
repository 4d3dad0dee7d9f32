// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.ProcessCalls;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The kernel's side of the protocol without a kernel: calls on a file system, as frames that its dispatcher decodes and
 * answers. An error in a reply is thrown. For one thread; several may talk to the same file system.
 */
public final class KernelSide {
    private final Dispatching dispatching;
    private long unique;
    private int uid = ProcessCalls.geteuid();
    private int gid = ProcessCalls.getegid();

    /** Node and attributes, as LOOKUP and GETATTR tell them. */
    public record Entry(long node, long ino, long size, int mode, int nlink, int uid, int gid, long mtime) {}

    /** A node with an open handle. */
    public record Created(Entry entry, long fh) {}

    /** Name, position behind it, inode number; node is null unless asked for. */
    public record DirectoryEntry(String name, long off, long ino, Entry node) {}

    public KernelSide(FileSystem fs) {
        dispatching = new Dispatching(fs);
    }

    /** Requests from now on are those of another caller. */
    public KernelSide as(int callerUid, int callerGid) {
        uid = callerUid;
        gid = callerGid;
        return this;
    }

    public Entry lookup(long parent, String name) {
        return entry(call(Opcode.LOOKUP, parent, Wire.body().name(name)), 0);
    }

    public void forget(long node, long count) {
        dispatching.reply(request(Opcode.FORGET, node, Wire.body().u64(count)));
    }

    public Entry getattr(long node) {
        return attributes(node, call(Opcode.GETATTR, node, Wire.body().u32(0).u32(0).u64(0)), 16);
    }

    /** SETATTR of the size, through a handle unless that is 0. */
    public Entry truncate(long node, long fh, long size) {
        int valid = SetAttrRequest.SIZE | (fh == 0 ? 0 : SetAttrRequest.FH);
        return setattr(node, Wire.body().u32(valid).u32(0).u64(fh).u64(size).zeros(64));
    }

    public Entry chmod(long node, int mode) {
        return setattr(node, Wire.body().u32(SetAttrRequest.MODE).zeros(64).u32(mode).zeros(16));
    }

    public Entry setModified(long node, long seconds) {
        return setattr(node, Wire.body().u32(SetAttrRequest.MTIME).zeros(36).u64(seconds).zeros(40));
    }

    private Entry setattr(long node, Wire body) {
        return attributes(node, call(Opcode.SETATTR, node, body), 16);
    }

    public Created create(long parent, String name, int flags, int mode, int umask) {
        ByteBuffer reply = call(Opcode.CREATE, parent, Wire.body().u32(flags).u32(mode).u32(umask).u32(0).name(name));
        return new Created(entry(reply, 0), reply.getLong(EntryReply.SIZE));
    }

    public Entry mkdir(long parent, String name, int mode, int umask) {
        return entry(call(Opcode.MKDIR, parent, Wire.body().u32(mode).u32(umask).name(name)), 0);
    }

    public Entry symlink(long parent, String name, String target) {
        return entry(call(Opcode.SYMLINK, parent, Wire.body().name(name).name(target)), 0);
    }

    public String readlink(long node) {
        return text(bytes(call(Opcode.READLINK, node, Wire.body())));
    }

    public Entry link(long node, long parent, String name) {
        return entry(call(Opcode.LINK, parent, Wire.body().u64(node).name(name)), 0);
    }

    public void unlink(long parent, String name) {
        call(Opcode.UNLINK, parent, Wire.body().name(name));
    }

    public void rmdir(long parent, String name) {
        call(Opcode.RMDIR, parent, Wire.body().name(name));
    }

    public void rename(long parent, String name, long newParent, String newName, int flags) {
        call(Opcode.RENAME2, parent, Wire.body().u64(newParent).u32(flags).u32(0).name(name).name(newName));
    }

    public long open(long node, int flags) {
        return call(Opcode.OPEN, node, Wire.body().u32(flags).u32(0)).getLong(0);
    }

    public void release(long node, long fh) {
        call(Opcode.RELEASE, node, Wire.body().u64(fh).u32(0).u32(0).u64(0));
    }

    public String read(long node, long fh, long offset, int size) {
        return text(bytes(call(Opcode.READ, node,
                Wire.body().u64(fh).u64(offset).u32(size).u32(0).u64(0).u32(0).u32(0))));
    }

    public int write(long node, long fh, long offset, String data, int flags) {
        byte[] bytes = data.getBytes(StandardCharsets.ISO_8859_1);
        return call(Opcode.WRITE, node, Wire.body().u64(fh).u64(offset).u32(bytes.length).u32(0).u64(0).u32(flags)
                .u32(0).bytes(bytes)).getInt(0);
    }

    public void fsync(long node, long fh) {
        call(Opcode.FSYNC, node, Wire.body().u64(fh).u32(0).u32(0));
    }

    public void flush(long node, long fh, long owner) {
        call(Opcode.FLUSH, node, Wire.body().u64(fh).u32(0).u32(0).u64(owner));
    }

    /** LSEEK for data or a hole. */
    public long lseek(long node, long fh, long offset, int whence) {
        return call(Opcode.LSEEK, node, Wire.body().u64(fh).u64(offset).u32(whence).u32(0)).getLong(0);
    }

    public void fallocate(long node, long fh, int mode, long offset, long length) {
        call(Opcode.FALLOCATE, node, Wire.body().u64(fh).u64(offset).u64(length).u32(mode).u32(0));
    }

    /** COPY_FILE_RANGE between the beginnings of two files that were opened without a handle. */
    public int copy(long node, long nodeOut, long length) {
        return call(Opcode.COPY_FILE_RANGE, node,
                Wire.body().u64(0).u64(0).u64(nodeOut).u64(0).u64(0).u64(length).u64(0)).getInt(0);
    }

    public void ioctl(long node, long fh, int command) {
        call(Opcode.IOCTL, node, Wire.body().u64(fh).u32(0).u32(command).u64(0).u32(0).u32(0));
    }

    public void poll(long node, long fh) {
        call(Opcode.POLL, node, Wire.body().u64(fh).u64(1).u32(0).u32(1));
    }

    public void setlk(long node, long fh, long owner, long start, long end, int type) {
        call(Opcode.SETLK, node, lock(fh, owner, start, end, type));
    }

    /** Type of the lock in the way; F_UNLCK if none is. */
    public int getlk(long node, long fh, long owner, long start, long end, int type) {
        return call(Opcode.GETLK, node, lock(fh, owner, start, end, type)).getInt(16);
    }

    private static Wire lock(long fh, long owner, long start, long end, int type) {
        return Wire.body().u64(fh).u64(owner).u64(start).u64(end).u32(type).u32(0).u32(0).u32(0);
    }

    public long opendir(long node) {
        return call(Opcode.OPENDIR, node, Wire.body().u32(0).u32(0)).getLong(0);
    }

    public void fsyncdir(long node, long fh) {
        call(Opcode.FSYNCDIR, node, Wire.body().u64(fh).u32(0).u32(0));
    }

    public void releasedir(long node, long fh) {
        call(Opcode.RELEASEDIR, node, Wire.body().u64(fh).u32(0).u32(0).u64(0));
    }

    /** One READDIR from a position, with room for {@code size} bytes. */
    public List<DirectoryEntry> readdir(long node, long fh, long offset, int size) {
        return entries(Opcode.READDIR, node, fh, offset, size);
    }

    /** One READDIRPLUS from a position, with room for {@code size} bytes. */
    public List<DirectoryEntry> readdirplus(long node, long fh, long offset, int size) {
        return entries(Opcode.READDIRPLUS, node, fh, offset, size);
    }

    private List<DirectoryEntry> entries(int opcode, long node, long fh, long offset, int size) {
        ByteBuffer reply = call(opcode, node,
                Wire.body().u64(fh).u64(offset).u32(size).u32(0).u64(0).u32(0).u32(0));
        boolean plus = opcode == Opcode.READDIRPLUS;
        List<DirectoryEntry> entries = new ArrayList<>();
        for (int at = 0; at < reply.capacity();) {
            int dirent = plus ? at + EntryReply.SIZE : at;
            int length = reply.getInt(dirent + DirectoryReply.NAMELEN);
            byte[] name = new byte[length];
            reply.get(dirent + DirectoryReply.NAME, name);
            entries.add(new DirectoryEntry(text(name), reply.getLong(dirent + DirectoryReply.OFF),
                    reply.getLong(dirent), plus ? entry(reply, at) : null));
            at = dirent + (DirectoryReply.NAME + length + 7) / 8 * 8;
        }
        return entries;
    }

    /** Body of the reply. */
    private ByteBuffer call(int opcode, long node, Wire body) {
        byte[] reply = dispatching.reply(request(opcode, node, body));
        int error = Dispatching.error(reply);
        if (error != 0) {
            throw new ErrnoException(Opcode.name(opcode), error);
        }
        return Wire.buffer(Arrays.copyOfRange(reply, Reply.HEADER_SIZE, reply.length));
    }

    private byte[] request(int opcode, long node, Wire body) {
        return Wire.body().u32(0).u32(opcode).u64(++unique).u64(node).u32(uid)
                .u32(gid).u32(0).u32(0).bytes(body.toBody()).toRequest();
    }

    private static Entry entry(ByteBuffer reply, int at) {
        return attributes(reply.getLong(at), reply, at + EntryReply.ATTR);
    }

    private static Entry attributes(long node, ByteBuffer b, int at) {
        return new Entry(node, b.getLong(at), b.getLong(at + Attributes.SIZE_AT), b.getInt(at + Attributes.MODE),
                b.getInt(at + Attributes.NLINK), b.getInt(at + Attributes.UID), b.getInt(at + Attributes.GID),
                b.getLong(at + Attributes.MTIME));
    }

    private static byte[] bytes(ByteBuffer body) {
        return body.array();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
