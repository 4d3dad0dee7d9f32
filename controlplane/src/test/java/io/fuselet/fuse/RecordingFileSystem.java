// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Notes each call with all that the request says, and answers with a different value in each field. */
final class RecordingFileSystem implements FileSystem {
    final List<String> calls = new ArrayList<>();

    private void note(Request request, String call, Object... arguments) {
        StringBuilder line = new StringBuilder(call);
        for (Object argument : arguments) {
            line.append(' ').append(argument);
        }
        calls.add(line.toString());
        if (request != null && (request.nodeId() != Wire.NODE || request.uid() != Wire.UID || request.gid() != Wire.GID
                || request.pid() != Wire.PID || request.unique() != Wire.UNIQUE)) {
            calls.add("header is wrong");
        }
    }

    @Override
    public void lookup(NameRequest request, EntryReply reply) {
        note(request, "lookup", request.name());
        Wire.fill(reply);
    }

    @Override
    public void forget(long nodeId, long lookups) {
        note(null, "forget", nodeId, lookups);
    }

    @Override
    public void getattr(GetAttrRequest request, AttrReply reply) {
        note(request, "getattr", request.hasFh(), request.fh());
        Wire.fill(reply.attrTimeout(2_000_000_003L).attr());
    }

    @Override
    public void setattr(SetAttrRequest r, AttrReply reply) {
        note(r, "setattr", r.valid(), r.fh(), r.size(), r.lockOwner(), r.atime(), r.atimeNanos(), r.mtime(), r.mtimeNanos(),
                r.ctime(), r.ctimeNanos(), r.mode(), r.ownerUid(), r.ownerGid());
        Wire.fill(reply.attrTimeout(2_000_000_003L).attr());
    }

    @Override
    public void readlink(Request request, DataReply reply) {
        note(request, "readlink", reply.capacity());
        byte[] target = "target".getBytes(StandardCharsets.US_ASCII);
        reply.append(target, 0, target.length);
    }

    @Override
    public void symlink(SymlinkRequest request, EntryReply reply) {
        note(request, "symlink", request.name(), request.target());
        Wire.fill(reply);
    }

    @Override
    public void mknod(MknodRequest request, EntryReply reply) {
        note(request, "mknod", request.name(), request.mode(), request.rdev(), request.umask(), groups(request));
        Wire.fill(reply);
    }

    @Override
    public void mkdir(MkdirRequest request, EntryReply reply) {
        note(request, "mkdir", request.name(), request.mode(), request.umask(), groups(request));
        Wire.fill(reply);
    }

    private static List<Integer> groups(Request request) {
        List<Integer> groups = new ArrayList<>();
        for (int i = 0; i < request.supplementaryGroups(); i++) {
            groups.add(request.supplementaryGroup(i));
        }
        return groups;
    }

    @Override
    public void unlink(NameRequest request) {
        note(request, "unlink", request.name());
    }

    @Override
    public void rmdir(NameRequest request) {
        note(request, "rmdir", request.name());
    }

    @Override
    public void rename(RenameRequest request) {
        note(request, "rename", request.name(), request.newParent(), request.newName(), request.flags());
    }

    @Override
    public void link(LinkRequest request, EntryReply reply) {
        note(request, "link", request.target(), request.name());
        Wire.fill(reply);
    }

    @Override
    public void open(OpenRequest request, OpenReply reply) {
        note(request, "open", request.flags(), request.openFlags());
        reply.fh(31).flags(OpenReply.NOFLUSH).backingId(33);
    }

    @Override
    public void read(ReadRequest request, DataReply reply) {
        note(request, "read", request.fh(), request.offset(), request.size(), request.readFlags(), request.lockOwner(),
                request.flags());
        reply.append(new byte[] {1, 2, 3}, 0, 3);
    }

    @Override
    public void write(WriteRequest request, WriteReply reply) {
        byte[] data = new byte[request.size()];
        request.copyData(0, data, 0, data.length);
        note(request, "write", request.fh(), request.offset(), request.size(), request.writeFlags(), request.lockOwner(),
                request.flags(), HexFormat.of().formatHex(data));
        reply.written(data.length);
    }

    @Override
    public void statfs(Request request, StatfsReply reply) {
        note(request, "statfs");
        reply.blocks(1, 2, 3).files(4, 5).blockSize(6).nameLength(7).fragmentSize(8);
    }

    @Override
    public void release(ReleaseRequest request) {
        note(request, "release", request.fh(), request.flags(), request.releaseFlags(), request.lockOwner());
    }

    @Override
    public void fsync(FsyncRequest request) {
        note(request, "fsync", request.fh(), request.dataOnly());
    }

    @Override
    public void setxattr(SetXattrRequest request) {
        note(request, "setxattr", request.name(), request.size(), request.flags(), request.setxattrFlags(),
                HexFormat.of().formatHex(request.valueToByteArray()));
    }

    @Override
    public void getxattr(GetXattrRequest request, XattrReply reply) {
        note(request, "getxattr", request.name(), request.size());
        reply.value(new byte[] {9, 8, 7});
    }

    @Override
    public void listxattr(GetXattrRequest request, XattrReply reply) {
        note(request, "listxattr", request.size());
        reply.value(new byte[] {'a', 0, 'b', 0});
    }

    @Override
    public void removexattr(NameRequest request) {
        note(request, "removexattr", request.name());
    }

    @Override
    public void flush(FlushRequest request) {
        note(request, "flush", request.fh(), request.lockOwner());
    }

    @Override
    public void opendir(OpenRequest request, OpenReply reply) {
        note(request, "opendir", request.flags(), request.openFlags());
        reply.fh(32).flags(OpenReply.CACHE_DIR);
    }

    @Override
    public void readdir(ReadRequest request, DirectoryReply reply) {
        note(request, "readdir", request.fh(), request.offset(), request.size());
        reply.add(new byte[] {'a', 'b'}, 0, 2, 41, 42, 8);
    }

    @Override
    public void readdirplus(ReadRequest request, DirectoryReply reply) {
        note(request, "readdirplus", request.fh(), request.offset(), request.size());
        Wire.fill(reply.addPlus(new byte[] {'a', 'b'}, 0, 2, 41, 42, 8));
    }

    @Override
    public void releasedir(ReleaseRequest request) {
        note(request, "releasedir", request.fh(), request.flags(), request.releaseFlags(), request.lockOwner());
    }

    @Override
    public void fsyncdir(FsyncRequest request) {
        note(request, "fsyncdir", request.fh(), request.dataOnly());
    }

    @Override
    public void getlk(LockRequest request, LockReply reply) {
        noteLock("getlk", request);
        reply.conflict(51, 52, 1, 53);
    }

    @Override
    public void setlk(LockRequest request) {
        noteLock("setlk", request);
    }

    @Override
    public void setlkw(LockRequest request) {
        noteLock("setlkw", request);
    }

    private void noteLock(String call, LockRequest request) {
        note(request, call, request.fh(), request.owner(), request.start(), request.end(), request.type(),
                request.lockPid(), request.flock());
    }

    @Override
    public void access(AccessRequest request) {
        note(request, "access", request.mask());
    }

    @Override
    public void create(CreateRequest request, CreateReply reply) {
        noteCreate("create " + request.name(), request, reply);
    }

    @Override
    public void tmpfile(CreateRequest request, CreateReply reply) {
        noteCreate("tmpfile", request, reply);
    }

    private void noteCreate(String call, CreateRequest request, CreateReply reply) {
        note(request, call, request.flags(), request.mode(), request.umask(), request.openFlags(), groups(request));
        Wire.fill(reply.entry());
        reply.open().fh(31).flags(OpenReply.DIRECT_IO);
    }

    @Override
    public void bmap(BmapRequest request, BmapReply reply) {
        note(request, "bmap", request.block(), request.blockSize());
        reply.block(61);
    }

    @Override
    public void ioctl(IoctlRequest request, IoctlReply reply) {
        note(request, "ioctl", request.fh(), request.flags(), request.command(), request.argument(), request.inSize(),
                request.outSize());
        reply.result(71).data(new byte[] {7, 2});
    }

    @Override
    public void poll(PollRequest request, PollReply reply) {
        note(request, "poll", request.fh(), request.events());
        reply.revents(81);
    }

    @Override
    public void fallocate(FallocateRequest request) {
        note(request, "fallocate", request.fh(), request.offset(), request.length(), request.mode());
    }

    @Override
    public void lseek(LseekRequest request, LseekReply reply) {
        note(request, "lseek", request.fh(), request.offset(), request.whence());
        reply.offset(91);
    }

    @Override
    public void copyFileRange(CopyFileRangeRequest request, WriteReply reply) {
        note(request, "copyFileRange", request.fhIn(), request.offsetIn(), request.nodeIdOut(), request.fhOut(),
                request.offsetOut(), request.length(), request.flags());
        reply.written(92);
    }

    @Override
    public void syncfs(Request request) {
        note(request, "syncfs");
    }

    @Override
    public void statx(StatxRequest request, StatxReply reply) {
        note(request, "statx", request.hasFh(), request.fh(), request.flags(), request.mask());
        reply.attrTimeout(3_000_000_004L).ino(93);
    }

    @Override
    public void retrieved(RetrievedRequest request) {
        note(request, "retrieved", request.offset(), request.size(), HexFormat.of().formatHex(request.dataToByteArray()));
    }

    @Override
    public void destroy() {
        note(null, "destroy");
    }
}
