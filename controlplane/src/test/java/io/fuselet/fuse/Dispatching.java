// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.nio.ByteBuffer;

/** A dispatcher without a device. */
final class Dispatching {
    static final int CAPACITY = 128 << 10;

    final Exchange exchange;
    final Dispatcher dispatcher;

    Dispatching(FileSystem fs) {
        Connection connection = new Connection(-1, null);
        connection.agree(41, InitFlags.SETXATTR_EXT, CAPACITY, 0);
        exchange = new Exchange(connection, CAPACITY, CAPACITY);
        dispatcher = new Dispatcher(fs, exchange, new Faults(), new Destroyer());
    }

    /** The reply to a frame; null if there is none. */
    byte[] reply(byte[] frame) {
        exchange.in.bytes.put(0, frame);
        exchange.in.length = frame.length;
        if (!dispatcher.hasHeader() || !dispatcher.dispatch()) {
            return null;
        }
        byte[] reply = new byte[exchange.out.length];
        exchange.out.bytes.get(0, reply);
        return reply;
    }

    static int error(byte[] reply) {
        ByteBuffer header = Wire.buffer(reply);
        return -header.getInt(Reply.ERROR);
    }
}
