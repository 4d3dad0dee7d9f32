// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * A request from the kernel: the header, which all requests share, and the parts by opcode in the subclasses.
 *
 * <pre>
 *  struct fuse_in_header                          (include/uapi/linux/fuse.h)
 *   0        4        8                16               24       32       40
 *  +--------+--------+----------------+----------------+----+----+----+----+
 *  | len    | opcode | unique         | nodeid         |uid |gid |pid |ext |
 *  +--------+--------+----------------+----------------+----+----+----+----+
 *  | arguments of the opcode, then names, then extensions of ext * 8 bytes |
 *  +------------------------------------------------------------------------+
 * </pre>
 *
 * <p>A request is a view of a buffer that its worker thread reuses: it is valid on that thread until the method that received
 * it returns. Only {@link #interrupted()} may be asked by other threads, and only while that method runs.
 */
public class Request {
    static final int LEN = 0;
    static final int OPCODE = 4;
    static final int UNIQUE = 8;
    static final int NODEID = 16;
    static final int UID = 24;
    static final int GID = 28;
    static final int PID = 32;
    static final int TOTAL_EXTLEN = 36;
    static final int HEADER_SIZE = 40;

    /** {@code FUSE_ROOT_ID}: the node id of the root directory, known without a LOOKUP. */
    public static final long ROOT_ID = 1;

    final Exchange exchange;
    final Frame frame;

    Request(Exchange exchange) {
        this.exchange = exchange;
        this.frame = exchange.in;
    }

    /**
     * Checks the arguments and finds the names. Called before any accessor of a new frame, whose header was checked.
     *
     * @return whether the frame holds what its opcode asks for
     */
    boolean parse() {
        return argumentsEnd() >= HEADER_SIZE;
    }

    /** Offset behind the last argument, which is that of the first extension. */
    final int argumentsEnd() {
        return frame.length - extensionsLength();
    }

    final int extensionsLength() {
        return 8 * Short.toUnsignedInt(frame.bytes.getShort(TOTAL_EXTLEN));
    }

    final int u32(int offset) {
        return frame.bytes.getInt(offset);
    }

    final long u64(int offset) {
        return frame.bytes.getLong(offset);
    }

    /** One of {@link Opcode}. */
    public final int opcode() {
        return u32(OPCODE);
    }

    /** Number of this request, different from that of every other one of the connection. */
    public final long unique() {
        return u64(UNIQUE);
    }

    /** The node that the request is about; for requests that carry a name, the directory. */
    public final long nodeId() {
        return u64(NODEID);
    }

    /** User id of the caller's file system identity, in the mounter's user namespace. */
    public final int uid() {
        return u32(UID);
    }

    /** Group id of the caller's file system identity, in the mounter's user namespace. */
    public final int gid() {
        return u32(GID);
    }

    /** Thread id of the caller in the mounter's pid namespace, 0 where it has none or the kernel itself asks. */
    public final int pid() {
        return u32(PID);
    }

    /** Number of supplementary groups sent along ({@code FUSE_CREATE_SUPP_GROUP}: at most the one that owns the parent). */
    public final int supplementaryGroups() {
        return Extensions.groups(this);
    }

    /** The supplementary group at {@code index}, below {@link #supplementaryGroups()}. */
    public final int supplementaryGroup(int index) {
        return Extensions.group(this, index);
    }

    /**
     * Whether a server that died may have done already what is asked for ({@link FuseServer#resume}): that a name is there, or gone, may
     * then be the success of this very request.
     */
    public final boolean repeated() {
        return exchange.repeated;
    }

    /** Whether the caller was interrupted since. The answer to a caller that was is usually {@code EINTR}. */
    public final boolean interrupted() {
        return exchange.interruption.requested();
    }

    /**
     * Has {@code action} run once if the caller is interrupted before this request is answered, at once if it already was.
     * It runs on another thread of the server and must not block.
     */
    public final void onInterrupt(Runnable action) {
        exchange.interruption.onRequest(action);
    }
}
