// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.util.Objects;

/**
 * Messages that the server sends unasked: {@code FUSE_NOTIFY_*} of {@code include/uapi/linux/fuse.h}, sent as a reply to
 * request 0 whose error field is the number of the message.
 *
 * <p>Methods may be called from any thread, but not from one that serves a request on the same directory or file: the kernel
 * takes their locks, which the request's caller may hold. They throw {@link ErrnoException}, {@code ENODEV} once unmounted.
 */
public final class Notifier {
    static final int INVAL_INODE = 2;
    static final int INVAL_ENTRY = 3;
    static final int STORE = 4;
    static final int RETRIEVE = 5;
    static final int DELETE = 6;
    static final int RESEND = 7;

    static final int EXPIRE_ONLY = 1;

    private static final int BODY = Reply.HEADER_SIZE;
    /** {@code FUSE_NAME_MAX} of {@code fs/fuse/fuse_i.h}. */
    private static final int NAME_MAX = 1024;

    /** Room for every message but STORE of more than a name's length. */
    private static final int SMALL = BODY + 32 + NAME_MAX;

    private final ThreadLocal<Frame> small = ThreadLocal.withInitial(() -> new Frame(SMALL, BODY));
    private final Channel channel;

    Notifier(Channel channel) {
        this.channel = channel;
    }

    /**
     * Drops what is cached of a node.
     *
     * @param offset first byte of data to drop; negative to drop attributes and ACLs only
     * @param length bytes of data to drop; 0 or less for all to the end
     * @return whether the kernel had the node
     */
    public boolean invalidateInode(long nodeId, long offset, long length) {
        Frame message = message(INVAL_INODE, 24);
        message.bytes.putLong(BODY, nodeId);
        message.bytes.putLong(BODY + 8, offset);
        message.bytes.putLong(BODY + 16, length);
        return send(message);
    }

    /**
     * Drops a name, so that it is looked up again, with what is cached below it.
     *
     * @return whether the kernel had the name
     */
    public boolean invalidateEntry(long parent, byte[] name) {
        return send(entryMessage(parent, name, 0));
    }

    /**
     * Makes a name due to be looked up again, without unmounting what may be mounted below. Needs
     * {@link InitFlags#HAS_EXPIRE_ONLY}.
     *
     * @return whether the kernel had the name
     */
    public boolean expireEntry(long parent, byte[] name) {
        return send(entryMessage(parent, name, EXPIRE_ONLY));
    }

    /**
     * A name was removed from {@code parent} by someone else: drops it and tells watchers, if it still means {@code child}.
     *
     * @return whether the kernel had the name
     * @throws ErrnoException {@code EBUSY} if something is mounted on it, {@code ENOTEMPTY} if names below it are cached
     */
    public boolean delete(long parent, long child, byte[] name) {
        Frame message = message(DELETE, 24 + checked(name).length + 1);
        message.bytes.putLong(BODY, parent);
        message.bytes.putLong(BODY + 8, child);
        message.bytes.putInt(BODY + 16, name.length);
        message.bytes.put(BODY + 24, name);
        return send(message);
    }

    /**
     * Puts data into the page cache of a node, whose size grows as needed.
     *
     * @return whether the kernel had the node
     */
    public boolean store(long nodeId, long offset, byte[] data) {
        Frame message = message(STORE, 24 + data.length);
        message.bytes.putLong(BODY, nodeId);
        message.bytes.putLong(BODY + 8, offset);
        message.bytes.putInt(BODY + 16, data.length);
        message.bytes.put(BODY + 24, data);
        return send(message);
    }

    /**
     * Asks for cached data of a node, which arrives as {@link FileSystem#retrieved}.
     *
     * @param unique number by which the caller knows the answer again, not that of a request
     * @param size most bytes; the kernel sends at most {@link Connection#maxWrite()}
     * @return whether the kernel had the node
     */
    public boolean retrieve(long unique, long nodeId, long offset, int size) {
        Frame message = message(RETRIEVE, 32);
        message.bytes.putLong(BODY, unique);
        message.bytes.putLong(BODY + 8, nodeId);
        message.bytes.putLong(BODY + 16, offset);
        message.bytes.putInt(BODY + 24, size);
        return send(message);
    }

    /** Has all requests that were read and not answered sent again, marked so. Needs {@link InitFlags#HAS_RESEND}. */
    public void resend() {
        send(message(RESEND, 0));
    }

    private Frame entryMessage(long parent, byte[] name, int flags) {
        Frame message = message(INVAL_ENTRY, 16 + checked(name).length + 1);
        message.bytes.putLong(BODY, parent);
        message.bytes.putInt(BODY + 8, name.length);
        message.bytes.putInt(BODY + 12, flags);
        message.bytes.put(BODY + 16, name);
        return message;
    }

    private static byte[] checked(byte[] name) {
        Objects.requireNonNull(name);
        if (name.length > NAME_MAX) {
            throw new ErrnoException("notify", Errno.ENAMETOOLONG);
        }
        return name;
    }

    private Frame message(int code, int bodySize) {
        int length = BODY + bodySize;
        Frame message = length <= SMALL ? small.get() : new Frame(length, BODY);
        message.zero(0, length);
        message.length = length;
        message.bytes.putInt(Reply.LEN, message.length);
        message.bytes.putInt(Reply.ERROR, code);
        return message;
    }

    private boolean send(Frame message) {
        try {
            channel.write(message);
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }
}
