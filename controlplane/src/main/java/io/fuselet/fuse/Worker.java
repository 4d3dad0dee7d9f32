// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;

/** One thread of the server: reads a request, has it served, sends the reply, until the connection ends. */
final class Worker implements Runnable {
    private final FuseServer server;
    private final Channel channel;
    private final Dispatcher dispatcher;
    private final Exchange exchange;
    private boolean readAborted;

    Worker(FuseServer server, Channel channel, Dispatcher dispatcher) {
        this.server = server;
        this.channel = channel;
        this.dispatcher = dispatcher;
        exchange = dispatcher.exchange();
        server.interrupts().add(exchange.interruption);
    }

    @Override
    public void run() {
        ErrnoException end = null;
        try {
            while (end == null) {
                end = serveNext();
            }
        } finally {
            server.interrupts().remove(exchange.interruption);
            server.workerEnded(end);
        }
    }

    /**
     * {@code ENOENT}: the request went away while it was read. {@code EINTR}: a signal. {@code EAGAIN}: a non-blocking
     * descriptor.
     */
    static boolean mayRetry(int errno) {
        return errno == Errno.ENOENT || errno == Errno.EINTR || errno == Errno.EAGAIN;
    }

    /** Answers why there is no next request, or null if there may be one. */
    private ErrnoException serveNext() {
        try {
            channel.read(exchange.in);
            readAborted = false;
        } catch (ErrnoException e) {
            return mayRetry(e.errno()) || isFirstAbort(e.errno()) ? null : e;
        }
        if (dispatcher.hasHeader()) {
            server.upcalls().count(dispatcher.opcode());
            serve();
        } else {
            server.faults().malformed(0, exchange.in.length);
        }
        return null;
    }

    /**
     * A request that is taken just when the connection ends fails with {@code ECONNABORTED} also at an unmount; the read after
     * it says what the end was ({@code fuse_dev_do_read}).
     */
    private boolean isFirstAbort(int errno) {
        boolean first = errno == Errno.ECONNABORTED && !readAborted;
        readAborted = errno == Errno.ECONNABORTED;
        return first;
    }

    private void serve() {
        switch (dispatcher.opcode()) {
            case Opcode.INTERRUPT -> interrupt();
            case Opcode.SETLKW -> lock();
            default -> serveHere();
        }
    }

    private void serveHere() {
        exchange.interruption.begin(dispatcher.unique());
        try {
            if (server.journal() != null && Journal.keeps(dispatcher.opcode())) {
                serveOnce(server.journal());
            } else if (dispatcher.dispatch()) {
                server.send(channel, exchange.out, dispatcher.opcode());
            }
        } finally {
            exchange.interruption.end();
        }
    }

    private void serveOnce(Journal journal) {
        Journal.Entry entry;
        try {
            entry = journal.begin(dispatcher.unique());
        } catch (ErrnoException e) {
            answer(dispatcher.unique(), e.errno());
            return;
        }
        exchange.repeated = entry.begun();
        try {
            if (entry.recall(exchange.out, dispatcher.unique())) {
                server.send(channel, exchange.out, dispatcher.opcode());
            } else if (dispatcher.dispatch()) {
                entry.answer(exchange.out);
                server.send(channel, exchange.out, dispatcher.opcode());
            }
        } finally {
            exchange.repeated = false;
            entry.end();
        }
    }

    private void lock() {
        if (!server.blockingLocks().start(exchange.in, channel)) {
            answer(dispatcher.unique(), Errno.ENOLCK);
        }
    }

    /**
     * {@code struct fuse_interrupt_in}. A request that is not in hand was read by another thread that has not got to it yet,
     * or is answered already. {@code EAGAIN} has the kernel say it again in the one case and means nothing in the other.
     * Requests wait on the descriptor that they were read from, and only there is the answer understood.
     */
    private void interrupt() {
        if (exchange.in.length < Request.HEADER_SIZE + 8) {
            server.faults().malformed(Opcode.INTERRUPT, exchange.in.length);
            return;
        }
        long interrupted = exchange.in.bytes.getLong(Request.HEADER_SIZE);
        if (!isInHand(interrupted)) {
            fill(dispatcher.unique(), Errno.EAGAIN);
            server.sendToAll(exchange.out);
        }
    }

    private boolean isInHand(long unique) {
        try {
            return server.interrupts().interrupt(unique);
        } catch (RuntimeException e) {
            server.faults().report(Opcode.INTERRUPT, e);
            return true;
        }
    }

    private void answer(long unique, int errno) {
        fill(unique, errno);
        server.send(channel, exchange.out, dispatcher.opcode());
    }

    private void fill(long unique, int errno) {
        Frame out = exchange.out;
        out.length = Reply.HEADER_SIZE;
        out.bytes.putInt(Reply.LEN, out.length);
        out.bytes.putInt(Reply.ERROR, -errno);
        out.bytes.putLong(Reply.UNIQUE, unique);
    }
}
