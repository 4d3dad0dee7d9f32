// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The other side of the device: requests put in are read by whoever reads first, replies are kept for the test. */
final class FakeKernel implements Channel {
    private static final long DEADLINE_SECONDS = 20;

    /** A frame to be read, or an error of read(2). */
    private record Event(byte[] frame, int errno) {
    }

    private final BlockingQueue<Event> toServer = new LinkedBlockingQueue<>();
    private final BlockingQueue<byte[]> fromServer = new LinkedBlockingQueue<>();
    private volatile int writeError;
    private volatile boolean closed;

    void send(byte[] frame) {
        toServer.add(new Event(frame, 0));
    }

    void send(Wire request) {
        send(request.toRequest());
    }

    /** Has read(2) fail once; for {@code ENODEV} and {@code ECONNABORTED} from then on. */
    void failRead(int errno) {
        toServer.add(new Event(null, errno));
    }

    void failWrites(int errno) {
        writeError = errno;
    }

    /** The next frame that the server wrote. */
    byte[] receive() throws InterruptedException {
        byte[] frame = fromServer.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("the server wrote nothing");
        }
        return frame;
    }

    boolean hasReplies() {
        return !fromServer.isEmpty();
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void read(Frame in) {
        Event event = take();
        if (event.errno != 0) {
            if (event.errno == Errno.ENODEV || event.errno == Errno.ECONNABORTED) {
                toServer.add(event);
            }
            throw new ErrnoException("read", event.errno);
        }
        in.bytes.put(0, event.frame);
        in.length = event.frame.length;
    }

    private Event take() {
        try {
            return toServer.take();
        } catch (InterruptedException e) {
            throw new ErrnoException("read", Errno.EIO);
        }
    }

    @Override
    public void write(Frame out) {
        if (writeError != 0) {
            throw new ErrnoException("write", writeError);
        }
        byte[] frame = new byte[out.length];
        out.bytes.get(0, frame);
        fromServer.add(frame);
    }

    @Override
    public void close() {
        closed = true;
    }
}
