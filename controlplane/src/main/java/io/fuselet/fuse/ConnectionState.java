// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.RecordFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What INIT agreed on, for a successor, which sees no INIT.
 *
 * <pre>
 *  record
 *   0      4       8       16         20      24
 *  +------+-------+-------+----------+-------+
 *  | kind | minor | flags | maxWrite | depth |
 *  +------+-------+-------+----------+-------+
 * </pre>
 */
record ConnectionState(int minor, long flags, int maxWrite, int maxStackDepth) {
    private static final int KIND = 1;

    static ConnectionState of(Connection connection) {
        return new ConnectionState(connection.minor(), connection.flags(), connection.maxWrite(), connection.maxStackDepth());
    }

    void save(RecordFile file) {
        file.add(RecordFile.record(KIND).putInt(4, minor).putLong(8, flags).putInt(16, maxWrite).putInt(20, maxStackDepth));
    }

    /** @throws IOException if there is none, or one that INIT cannot have agreed on */
    static ConnectionState read(RecordFile file) throws IOException {
        ConnectionState[] found = new ConnectionState[1];
        file.forEach(KIND, (slot, record) -> found[0] = decode(record));
        ConnectionState state = found[0];
        boolean sane = state != null && state.minor >= Handshake.OLDEST_MINOR && state.minor <= Handshake.MINOR
                && state.maxWrite >= Frame.PAGE_SIZE && state.maxWrite <= InitReply.MOST_MAX_WRITE;
        if (!sane || (state.flags & InitFlags.HAS_RESEND) == 0) {
            throw new IOException("what was left behind tells no connection that can be taken over");
        }
        return state;
    }

    private static ConnectionState decode(ByteBuffer record) {
        return new ConnectionState(record.getInt(4), record.getLong(8), record.getInt(16), record.getInt(20));
    }
}
