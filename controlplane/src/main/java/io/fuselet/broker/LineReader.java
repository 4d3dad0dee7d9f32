// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.EventCalls;
import io.fuselet.sys.Fd;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.SocketCalls;
import io.fuselet.sys.SocketCalls.Received;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Reads lines from a stream socket, each with the descriptors that were sent with its first byte. Descriptors are bound to bytes, so that no
 * byte is taken before it is known to which line it belongs: the first of each line alone, the others after a look at where they end.
 */
final class LineReader {
    static final int MOST_DESCRIPTORS = 8;
    private static final int CHUNK = 8192;

    private final int socket;
    private final Limits limits;
    private final NativeBuffer buffer = NativeBuffer.allocate(CHUNK);

    LineReader(int socket, Limits limits) {
        this.socket = socket;
        this.limits = limits;
    }

    /**
     * The next line.
     *
     * @return null at the end of the stream, or after a time without a line
     * @throws LineException for one that is too long, late or cut off, or has descriptors where none may be
     */
    Line next() throws LineException {
        if (!readable(limits.idle())) {
            return null;
        }
        Received first = SocketCalls.receive(socket, buffer.address(), 1, MOST_DESCRIPTORS, 0);
        Line line = new Line(new byte[0], Arrays.stream(first.fds()).mapToObj(Fd::new).toList());
        if (first.length() == 0) {
            return null;
        }
        try {
            if (first.truncated()) {
                throw new LineException("more than " + MOST_DESCRIPTORS + " descriptors came with one message");
            }
            return rest(buffer.bytes().get(0), line.descriptors());
        } catch (LineException | RuntimeException e) {
            line.close();
            throw e;
        }
    }

    private Line rest(byte first, List<Fd> descriptors) throws LineException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long deadline = System.nanoTime() + limits.line().toNanos();
        boolean ended = first == '\n';
        if (!ended) {
            bytes.write(first);
        }
        while (!ended) {
            ended = more(bytes, deadline);
        }
        return new Line(bytes.toByteArray(), descriptors);
    }

    /** @return whether this was the end of the line */
    private boolean more(ByteArrayOutputStream bytes, long deadline) throws LineException {
        if (!readable(Duration.ofNanos(deadline - System.nanoTime()))) {
            throw new LineException("half a line, and no more of it in " + limits.line().toSeconds() + " s");
        }
        int seen = SocketCalls.receive(socket, buffer.address(), CHUNK, 0, SocketCalls.MSG_PEEK).length();
        int newline = indexOfNewline(seen);
        Received taken = SocketCalls.receive(socket, buffer.address(), newline < 0 ? Math.max(seen, 1) : newline + 1, 0, 0);
        if (taken.length() == 0) {
            throw new LineException("the stream ends within a line");
        }
        if (taken.truncated()) {
            throw new LineException("descriptors came within a line; they go with its first byte");
        }
        boolean ended = buffer.bytes().get(taken.length() - 1) == '\n';
        bytes.writeBytes(buffer.toArray(taken.length() - (ended ? 1 : 0)));
        if (bytes.size() > limits.lineBytes()) {
            throw new LineException("a line of more than " + limits.lineBytes() + " bytes");
        }
        return ended;
    }

    private int indexOfNewline(int length) {
        for (int i = 0; i < length; i++) {
            if (buffer.bytes().get(i) == '\n') {
                return i;
            }
        }
        return -1;
    }

    private boolean readable(Duration atMost) {
        return EventCalls.pollIn((int) Math.max(0, atMost.toMillis()), socket)[0] != 0;
    }
}
