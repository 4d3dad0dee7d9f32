// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_APPEND;
import static io.fuselet.sys.Open.O_DIRECT;
import static io.fuselet.sys.Open.O_RDONLY;
import static io.fuselet.sys.Open.O_WRONLY;

import io.fuselet.fuse.CopyFileRangeRequest;
import io.fuselet.fuse.DataReply;
import io.fuselet.fuse.FallocateRequest;
import io.fuselet.fuse.FlushRequest;
import io.fuselet.fuse.FsyncRequest;
import io.fuselet.fuse.LseekReply;
import io.fuselet.fuse.LseekRequest;
import io.fuselet.fuse.ReadRequest;
import io.fuselet.fuse.Request;
import io.fuselet.fuse.WriteReply;
import io.fuselet.fuse.WriteRequest;
import io.fuselet.sys.FileCalls;

/**
 * Data of regular files. Requests on a file that the kernel opened without us carry no handle: the node is then opened
 * for the one request.
 */
final class IoOperations {
    /** MAX_RW_COUNT ({@code linux/fs.h}): what one call transfers at most, in bytes. */
    private static final long MAX_COUNT = 0x7ffff000L;

    private final Tree tree;
    private final OpenFiles files;

    IoOperations(Tree tree, OpenFiles files) {
        this.tree = tree;
        this.files = files;
    }

    void read(ReadRequest request, DataReply reply) {
        try (Access file = access(request.nodeId(), request.fh(), O_RDONLY)) {
            reply.length((int) FileCalls.pread(file.fd(), reply.address(), reply.capacity(), request.offset()));
        }
    }

    void write(WriteRequest request, WriteReply reply) {
        WorkerThread.current();
        boolean writtenBack = (request.writeFlags() & WriteRequest.CACHE) != 0;
        try (Access file = writtenBack ? buffered(request) : access(request.nodeId(), request.fh(), O_WRONLY)) {
            boolean append = !writtenBack && (request.flags() & O_APPEND) != 0 && !request.repeated();
            long written = append
                    ? FileCalls.append(file.fd(), request.dataAddress(), request.size())
                    : FileCalls.pwrite(file.fd(), request.dataAddress(), request.size(), request.offset());
            reply.written((int) written);
        }
    }

    /** Pages come with whichever handle the kernel finds, and the last one is as long as the file, not as a block. */
    private Access buffered(WriteRequest request) {
        OpenFile file = files.find(request.fh());
        boolean direct = file != null && (file.flags() & O_DIRECT) != 0;
        return access(request.nodeId(), direct ? OpenFiles.NO_HANDLE : request.fh(), O_WRONLY);
    }

    void flush(FlushRequest request) {
        OpenFile file = files.find(request.fh());
        if (file != null) {
            FileCalls.flush(file.fd());
        }
    }

    void fsync(FsyncRequest request) {
        try (Access file = access(request.nodeId(), request.fh(), O_RDONLY)) {
            if (request.dataOnly()) {
                FileCalls.fdatasync(file.fd());
            } else {
                FileCalls.fsync(file.fd());
            }
        }
    }

    void fallocate(FallocateRequest request) {
        WorkerThread.current();
        try (Access file = access(request.nodeId(), request.fh(), O_WRONLY)) {
            FileCalls.fallocate(file.fd(), request.mode(), request.offset(), request.length());
        }
    }

    void lseek(LseekRequest request, LseekReply reply) {
        try (Access file = access(request.nodeId(), request.fh(), O_RDONLY)) {
            reply.offset(FileCalls.lseek(file.fd(), request.offset(), request.whence()));
        }
    }

    void copyFileRange(CopyFileRangeRequest request, WriteReply reply) {
        WorkerThread.current();
        try (Access in = access(request.nodeId(), request.fhIn(), O_RDONLY);
                Access out = access(request.nodeIdOut(), request.fhOut(), O_WRONLY)) {
            long length = Math.min(request.length(), MAX_COUNT);
            reply.written((int) FileCalls.copyFileRange(in.fd(), request.offsetIn(), out.fd(), request.offsetOut(),
                    length, (int) request.flags()));
        }
    }

    void syncfs(Request request) {
        FileCalls.syncfs(tree.mountFd());
    }

    private Access access(long nodeId, long handle, int flags) {
        OpenFile file = files.find(handle);
        if (file != null) {
            return new Access(file.fd(), false);
        }
        try (Pin pin = tree.pin(nodeId)) {
            return new Access(tree.open(pin, flags), true);
        }
    }

    /** A descriptor for one request. */
    private record Access(int fd, boolean owned) implements AutoCloseable {
        @Override
        public void close() {
            if (owned) {
                FileCalls.close(fd);
            }
        }
    }
}
