// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * NOTIFY_REPLY: the page cache contents that {@link Notifier#retrieve} asked for, as {@code struct fuse_notify_retrieve_in}
 * and data. {@link #unique()} is the number that the notification carried.
 */
public final class RetrievedRequest extends Request {
    static final int OFFSET = HEADER_SIZE + 8;
    static final int SIZE_AT = OFFSET + 8;
    static final int DATA = HEADER_SIZE + 40;

    RetrievedRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= DATA && size() >= 0 && size() <= argumentsEnd() - DATA;
    }

    /** Where in the file the data begins, in bytes. */
    public long offset() {
        return u64(OFFSET);
    }

    /** Bytes that were cached, at most as many as asked for. */
    public int size() {
        return u32(SIZE_AT);
    }

    /** Address of the {@link #size()} bytes. */
    public long dataAddress() {
        return frame.address + DATA;
    }

    /** A copy of the data. */
    public byte[] dataToByteArray() {
        byte[] copy = new byte[size()];
        frame.bytes.get(DATA, copy);
        return copy;
    }
}
