// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;

/**
 * Turns the request in an {@link Exchange} into the call of a {@link FileSystem} and its outcome into the reply. One for each
 * thread, with views that are made once. No frame, however broken, gets an exception out of it.
 */
final class Dispatcher {
    /** {@code PATH_MAX} without its NUL: the room that the kernel has for the target of a symbolic link. */
    private static final int LINK_MAX = 4095;

    private static final ErrnoException MALFORMED = new ErrnoException("fuse request", Errno.EIO);
    private static final ErrnoException UNKNOWN = new ErrnoException("fuse request", Errno.ENOSYS);
    private static final ErrnoException TOO_LARGE = new ErrnoException("read", Errno.EINVAL);

    private final FileSystem fs;
    private final Faults faults;
    private final Destroyer destroyer;
    private final Exchange exchange;
    private final Frame in;
    private final Frame out;

    private final Request header;
    private final NameRequest entryName;
    private final NameRequest attributeName;
    private final GetAttrRequest getattr;
    private final SetAttrRequest setattr;
    private final SymlinkRequest symlink;
    private final MknodRequest mknod;
    private final MkdirRequest mkdir;
    private final RenameRequest rename;
    private final LinkRequest link;
    private final OpenRequest open;
    private final ReadRequest read;
    private final WriteRequest write;
    private final ReleaseRequest release;
    private final FsyncRequest fsync;
    private final SetXattrRequest setxattr;
    private final GetXattrRequest getxattr;
    private final FlushRequest flush;
    private final LockRequest lock;
    private final AccessRequest access;
    private final CreateRequest create;
    private final BmapRequest bmap;
    private final IoctlRequest ioctl;
    private final PollRequest poll;
    private final FallocateRequest fallocate;
    private final LseekRequest lseek;
    private final CopyFileRangeRequest copyFileRange;
    private final StatxRequest statx;
    private final RetrievedRequest retrieved;

    private final EntryReply entryReply;
    private final AttrReply attrReply;
    private final OpenReply openReply;
    private final CreateReply createReply;
    private final DataReply dataReply;
    private final WriteReply writeReply;
    private final StatfsReply statfsReply;
    private final XattrReply xattrReply;
    private final DirectoryReply directoryReply;
    private final LockReply lockReply;
    private final BmapReply bmapReply;
    private final IoctlReply ioctlReply;
    private final PollReply pollReply;
    private final LseekReply lseekReply;
    private final StatxReply statxReply;

    Dispatcher(FileSystem fs, Exchange exchange, Faults faults, Destroyer destroyer) {
        this.fs = fs;
        this.faults = faults;
        this.destroyer = destroyer;
        this.exchange = exchange;
        in = exchange.in;
        out = exchange.out;

        header = new Request(exchange);
        entryName = new NameRequest(exchange, true);
        attributeName = new NameRequest(exchange, false);
        getattr = new GetAttrRequest(exchange);
        setattr = new SetAttrRequest(exchange);
        symlink = new SymlinkRequest(exchange);
        mknod = new MknodRequest(exchange);
        mkdir = new MkdirRequest(exchange);
        rename = new RenameRequest(exchange);
        link = new LinkRequest(exchange);
        open = new OpenRequest(exchange);
        read = new ReadRequest(exchange);
        write = new WriteRequest(exchange);
        release = new ReleaseRequest(exchange);
        fsync = new FsyncRequest(exchange);
        setxattr = new SetXattrRequest(exchange);
        getxattr = new GetXattrRequest(exchange);
        flush = new FlushRequest(exchange);
        lock = new LockRequest(exchange);
        access = new AccessRequest(exchange);
        create = new CreateRequest(exchange);
        bmap = new BmapRequest(exchange);
        ioctl = new IoctlRequest(exchange);
        poll = new PollRequest(exchange);
        fallocate = new FallocateRequest(exchange);
        lseek = new LseekRequest(exchange);
        copyFileRange = new CopyFileRangeRequest(exchange);
        statx = new StatxRequest(exchange);
        retrieved = new RetrievedRequest(exchange);

        entryReply = new EntryReply(exchange);
        attrReply = new AttrReply(exchange);
        openReply = new OpenReply(exchange, 0);
        createReply = new CreateReply(exchange);
        dataReply = new DataReply(exchange);
        writeReply = new WriteReply(exchange);
        statfsReply = new StatfsReply(exchange);
        xattrReply = new XattrReply(exchange);
        directoryReply = new DirectoryReply(exchange);
        lockReply = new LockReply(exchange);
        bmapReply = new BmapReply(exchange);
        ioctlReply = new IoctlReply(exchange);
        pollReply = new PollReply(exchange);
        lseekReply = new LseekReply(exchange);
        statxReply = new StatxReply(exchange);
    }

    Exchange exchange() {
        return exchange;
    }

    /** Whether the frame has a header that fits it. Without one there is nobody to answer. */
    boolean hasHeader() {
        return in.length >= Request.HEADER_SIZE;
    }

    int opcode() {
        return header.opcode();
    }

    long unique() {
        return header.unique();
    }

    /** Serves the request, whose header is there; answers whether a reply is now in {@link Exchange#out} to be sent. */
    boolean dispatch() {
        int opcode = header.opcode();
        int error = 0;
        out.length = Reply.HEADER_SIZE;
        try {
            checkFrame();
            call(opcode);
        } catch (ErrnoException e) {
            if (e == MALFORMED) {
                faults.malformed(opcode, in.length);
            }
            error = accepted(e.errno());
        } catch (Throwable e) {
            faults.report(opcode, e);
            error = Errno.EIO;
        }
        return isAnswered(opcode) && finish(error);
    }

    private boolean finish(int error) {
        if (error != 0) {
            out.length = Reply.HEADER_SIZE;
        }
        out.bytes.putInt(Reply.LEN, out.length);
        out.bytes.putInt(Reply.ERROR, -error);
        out.bytes.putLong(Reply.UNIQUE, header.unique());
        return true;
    }

    /** The kernel takes 1 to 511 only ({@code fuse_dev_do_write}) and would leave the caller waiting on any other. */
    private static int accepted(int errno) {
        return errno > 0 && errno < 512 ? errno : Errno.EIO;
    }

    private static boolean isAnswered(int opcode) {
        return opcode != Opcode.FORGET && opcode != Opcode.BATCH_FORGET && opcode != Opcode.NOTIFY_REPLY
                && opcode != Opcode.INTERRUPT;
    }

    private void checkFrame() {
        if (in.bytes.getInt(Request.LEN) != in.length || !header.parse()) {
            throw MALFORMED;
        }
    }

    private <R extends Request> R parsed(R request) {
        if (!request.parse()) {
            throw MALFORMED;
        }
        return request;
    }

    private <R extends Reply> R begun(R reply) {
        reply.begin();
        return reply;
    }

    private void call(int opcode) {
        switch (opcode) {
            case Opcode.LOOKUP -> fs.lookup(parsed(entryName), begun(entryReply));
            case Opcode.FORGET -> forget();
            case Opcode.GETATTR -> fs.getattr(parsed(getattr), begun(attrReply));
            case Opcode.SETATTR -> fs.setattr(parsed(setattr), begun(attrReply));
            case Opcode.READLINK -> {
                dataReply.begin(LINK_MAX);
                fs.readlink(header, dataReply);
            }
            case Opcode.SYMLINK -> fs.symlink(parsed(symlink), begun(entryReply));
            case Opcode.MKNOD -> fs.mknod(parsed(mknod), begun(entryReply));
            case Opcode.MKDIR -> fs.mkdir(parsed(mkdir), begun(entryReply));
            case Opcode.UNLINK -> fs.unlink(parsed(entryName));
            case Opcode.RMDIR -> fs.rmdir(parsed(entryName));
            case Opcode.RENAME, Opcode.RENAME2 -> fs.rename(parsed(rename));
            case Opcode.LINK -> fs.link(parsed(link), begun(entryReply));
            case Opcode.OPEN -> fs.open(parsed(open), begun(openReply));
            case Opcode.READ -> read();
            case Opcode.WRITE -> fs.write(parsed(write), begun(writeReply));
            case Opcode.STATFS -> fs.statfs(header, begun(statfsReply));
            case Opcode.RELEASE -> fs.release(parsed(release));
            case Opcode.FSYNC -> fs.fsync(parsed(fsync));
            case Opcode.SETXATTR -> fs.setxattr(parsed(setxattr));
            case Opcode.GETXATTR -> {
                xattrReply.begin(parsed(getxattr).size());
                fs.getxattr(getxattr, xattrReply);
            }
            case Opcode.LISTXATTR -> {
                xattrReply.begin(parsed(getxattr).size());
                fs.listxattr(getxattr, xattrReply);
            }
            case Opcode.REMOVEXATTR -> fs.removexattr(parsed(attributeName));
            case Opcode.FLUSH -> fs.flush(parsed(flush));
            case Opcode.OPENDIR -> fs.opendir(parsed(open), begun(openReply));
            case Opcode.READDIR -> {
                directoryReply.begin(parsed(read).size(), false);
                fs.readdir(read, directoryReply);
            }
            case Opcode.READDIRPLUS -> {
                directoryReply.begin(parsed(read).size(), true);
                fs.readdirplus(read, directoryReply);
            }
            case Opcode.RELEASEDIR -> fs.releasedir(parsed(release));
            case Opcode.FSYNCDIR -> fs.fsyncdir(parsed(fsync));
            case Opcode.GETLK -> fs.getlk(parsed(lock), begun(lockReply));
            case Opcode.SETLK -> fs.setlk(parsed(lock));
            case Opcode.SETLKW -> fs.setlkw(parsed(lock));
            case Opcode.ACCESS -> fs.access(parsed(access));
            case Opcode.CREATE -> fs.create(parsed(create), begun(createReply));
            case Opcode.TMPFILE -> fs.tmpfile(parsed(create), begun(createReply));
            case Opcode.BMAP -> fs.bmap(parsed(bmap), begun(bmapReply));
            case Opcode.DESTROY -> destroyer.destroy(fs);
            case Opcode.IOCTL -> {
                ioctlReply.begin(parsed(ioctl).outSize());
                fs.ioctl(ioctl, ioctlReply);
            }
            case Opcode.POLL -> fs.poll(parsed(poll), begun(pollReply));
            case Opcode.NOTIFY_REPLY -> fs.retrieved(parsed(retrieved));
            case Opcode.BATCH_FORGET -> batchForget();
            case Opcode.FALLOCATE -> fs.fallocate(parsed(fallocate));
            case Opcode.LSEEK -> fs.lseek(parsed(lseek), begun(lseekReply));
            case Opcode.COPY_FILE_RANGE -> fs.copyFileRange(parsed(copyFileRange), begun(writeReply));
            case Opcode.SYNCFS -> fs.syncfs(header);
            case Opcode.STATX -> fs.statx(parsed(statx), begun(statxReply));
            default -> throw UNKNOWN;
        }
    }

    /** A read cut short by our own buffer would look like the end of the file. */
    private void read() {
        dataReply.begin(parsed(read).size());
        if (dataReply.capacity() < read.size()) {
            throw TOO_LARGE;
        }
        fs.read(read, dataReply);
    }

    /** {@code struct fuse_forget_in}. */
    private void forget() {
        if (in.length < Request.HEADER_SIZE + 8) {
            throw MALFORMED;
        }
        fs.forget(header.nodeId(), header.u64(Request.HEADER_SIZE));
    }

    /** {@code struct fuse_batch_forget_in}, then {@code count} times {@code struct fuse_forget_one}. */
    private void batchForget() {
        int first = Request.HEADER_SIZE + 8;
        int room = (in.length - first) / 16;
        int count = room < 0 ? 0 : header.u32(Request.HEADER_SIZE);
        if (room < 0 || count < 0 || count > room) {
            throw MALFORMED;
        }
        for (int at = first, end = first + 16 * count; at < end; at += 16) {
            forgetOne(header.u64(at), header.u64(at + 8));
        }
    }

    /** One that fails does not keep the others from being forgotten. */
    private void forgetOne(long nodeId, long lookups) {
        try {
            fs.forget(nodeId, lookups);
        } catch (RuntimeException e) {
            faults.report(Opcode.BATCH_FORGET, e);
        }
    }
}
