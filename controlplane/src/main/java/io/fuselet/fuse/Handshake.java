// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;

/**
 * INIT: the kernel tells its version and what it offers, the server answers with what is to be in force.
 *
 * <pre>
 *  struct fuse_init_out, behind the header        (include/uapi/linux/fuse.h)
 *   0     4     8         12    16         18         20    24    28    30    32     36     40          64
 *  +-----+-----+---------+-----+----------+----------+-----+-----+-----+-----+------+------+-----------+
 *  |major|minor|readahead|flags|background|congestion|write|gran |pages|align|flags2|depth | 0         |
 *  +-----+-----+---------+-----+----------+----------+-----+-----+-----+-----+------+------+-----------+
 *  | for minor below 23 (FUSE_COMPAT_22_INIT_OUT_SIZE)     |
 * </pre>
 */
final class Handshake {
    static final int MAJOR = 7;
    static final int MINOR = 41;
    /** 7.12 (Linux 2.6.31) is the oldest whose structures this package knows. */
    static final int OLDEST_MINOR = 12;

    static final int COMPAT_22_SIZE = 24;
    static final int SIZE = 64;
    /** {@code FUSE_DEFAULT_MAX_PAGES_PER_REQ} of {@code fs/fuse/fuse_i.h}: in force without {@link InitFlags#MAX_PAGES}. */
    static final int DEFAULT_MAX_PAGES = 32;
    private static final int COMPAT_22_MINOR = 23;
    private static final int REQUEST_CAPACITY = 8192;

    private final Channel channel;
    private final int device;
    private final Negotiation negotiation;
    private final UpcallCounters upcalls;
    private final Frame in = new Frame(REQUEST_CAPACITY, 0);
    private final Frame out = new Frame(Reply.HEADER_SIZE + SIZE, 0);

    Handshake(Channel channel, int device, Negotiation negotiation, UpcallCounters upcalls) {
        this.channel = channel;
        this.device = device;
        this.negotiation = negotiation;
        this.upcalls = upcalls;
    }

    /** Answers INIT and fills in {@code connection}. */
    void run(Connection connection) throws NegotiationException {
        InitRequest request = firstOfOurMajor();
        if (request.major() < MAJOR || request.minor() < OLDEST_MINOR) {
            refuse();
            throw new NegotiationException("kernel speaks FUSE " + request.major() + "." + request.minor()
                    + ", at least " + MAJOR + "." + OLDEST_MINOR + " is needed: use Linux 2.6.31 or later");
        }
        InitReply reply = new InitReply(request);
        try {
            negotiation.offered(request, reply, device);
        } catch (RuntimeException e) {
            refuse();
            throw e;
        }
        accept(request, reply, connection);
        negotiation.accepted(connection);
    }

    /** A kernel of a later major version is told ours, and asks again in ours. */
    private InitRequest firstOfOurMajor() throws NegotiationException {
        InitRequest request = receive();
        while (request.major() > MAJOR) {
            begin(SIZE);
            out.bytes.putInt(Reply.HEADER_SIZE, MAJOR);
            channel.write(out);
            request = receive();
        }
        return request;
    }

    private InitRequest receive() throws NegotiationException {
        readOne();
        upcalls.count(in.bytes.getInt(Request.OPCODE));
        boolean complete = in.length >= InitRequest.MAX_READAHEAD && in.bytes.getInt(Request.LEN) == in.length;
        if (!complete || in.bytes.getInt(Request.OPCODE) != Opcode.INIT) {
            throw new NegotiationException("the first request on /dev/fuse is no INIT: the descriptor was used before");
        }
        return decode();
    }

    private void readOne() {
        while (true) {
            try {
                channel.read(in);
                return;
            } catch (ErrnoException e) {
                if (!Worker.mayRetry(e.errno())) {
                    throw e;
                }
            }
        }
    }

    private InitRequest decode() {
        int major = in.bytes.getInt(InitRequest.MAJOR);
        int minor = in.bytes.getInt(InitRequest.MINOR);
        if (in.length < InitRequest.COMPAT_END) {
            return new InitRequest(major, minor, 0, 0);
        }
        long flags = Integer.toUnsignedLong(in.bytes.getInt(InitRequest.FLAGS));
        if ((flags & InitFlags.INIT_EXT) != 0 && in.length >= InitRequest.FLAGS2 + 4) {
            flags |= Integer.toUnsignedLong(in.bytes.getInt(InitRequest.FLAGS2)) << 32;
        }
        return new InitRequest(major, minor, in.bytes.getInt(InitRequest.MAX_READAHEAD), flags);
    }

    private void accept(InitRequest request, InitReply reply, Connection connection) {
        long flags = request.flags() & reply.flags();
        int maxPages = pages(reply.maxWrite());
        if ((flags & InitFlags.MAX_PAGES) == 0) {
            maxPages = Math.min(maxPages, DEFAULT_MAX_PAGES);
        }
        int maxWrite = Math.min(reply.maxWrite(), maxPages * Frame.PAGE_SIZE);
        int depth = (flags & InitFlags.PASSTHROUGH) != 0 ? reply.maxStackDepth() : 0;
        connection.agree(Math.min(MINOR, request.minor()), flags, maxWrite, depth);
        encode(request, reply, connection, maxPages);
        channel.write(out);
    }

    private void encode(InitRequest request, InitReply reply, Connection connection, int maxPages) {
        begin(SIZE);
        var b = out.bytes;
        int at = Reply.HEADER_SIZE;
        b.putInt(at, MAJOR);
        b.putInt(at + 4, MINOR);
        b.putInt(at + 8, unsignedMin(reply.maxReadahead(), request.maxReadahead()));
        b.putInt(at + 12, (int) connection.flags());
        b.putShort(at + 16, (short) reply.maxBackground());
        b.putShort(at + 18, (short) reply.congestionThreshold());
        b.putInt(at + 20, connection.maxWrite());
        b.putInt(at + 24, reply.timeGranularity());
        b.putShort(at + 28, (short) maxPages);
        b.putInt(at + 32, (int) (connection.flags() >>> 32));
        b.putInt(at + 36, connection.maxStackDepth());
        if (request.minor() < COMPAT_22_MINOR) {
            setLength(COMPAT_22_SIZE);
        }
    }

    private void refuse() {
        begin(0);
        out.bytes.putInt(Reply.ERROR, -Errno.EPROTO);
        channel.write(out);
    }

    private void begin(int bodySize) {
        out.zero(0, Reply.HEADER_SIZE + bodySize);
        out.bytes.putLong(Reply.UNIQUE, in.bytes.getLong(Request.UNIQUE));
        setLength(bodySize);
    }

    private void setLength(int bodySize) {
        out.length = Reply.HEADER_SIZE + bodySize;
        out.bytes.putInt(Reply.LEN, out.length);
    }

    static int pages(int bytes) {
        return (bytes + Frame.PAGE_SIZE - 1) / Frame.PAGE_SIZE;
    }

    private static int unsignedMin(int a, int b) {
        return Integer.compareUnsigned(a, b) < 0 ? a : b;
    }
}
