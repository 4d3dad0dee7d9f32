// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.RecordFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one mounted file system: {@link #open} agrees with the kernel on the connection, {@link #start} begins to serve,
 * {@link #awaitEnd} returns when the file system is unmounted, {@link #close} gives the descriptors back.
 *
 * <p>Methods may be called from any thread.
 */
public final class FuseServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FuseServer.class);

    /** Room for the largest request that is no WRITE: a SETXATTR with a name and a value of 64 KiB. */
    private static final int LEAST_REQUEST = (64 << 10) + 2 * Frame.PAGE_SIZE;

    private final FileSystem fs;
    private final Channel main;
    private final Supplier<Channel> cloning;
    private final Connection connection;
    private final UpcallCounters upcalls = new UpcallCounters();
    private final Faults faults = new Faults();
    private final Interrupts interrupts = new Interrupts();
    private final BlockingLocks blockingLocks = new BlockingLocks(this);
    private final Destroyer destroyer = new Destroyer();
    private final List<Channel> channels = new ArrayList<>();

    /** Null without a successor to come. */
    private Journal journal;
    private final AtomicInteger live = new AtomicInteger();
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean started;
    private boolean aborted;
    private ErrnoException failure;

    /** @param cloning null for workers that share {@code main} */
    FuseServer(FileSystem fs, int device, Channel main, Supplier<Channel> cloning) {
        this.fs = fs;
        this.main = main;
        this.cloning = cloning;
        connection = new Connection(device, main);
        channels.add(main);
    }

    /**
     * Takes the INIT request from a device that was just mounted and answers it.
     *
     * @param device {@code /dev/fuse}, which belongs to the server from now on, and is closed if this throws
     * @param negotiation decides what is asked for, and is told what came of it
     * @throws NegotiationException if kernel and server have no protocol in common
     * @throws ErrnoException if the device cannot be read or written
     */
    public static FuseServer open(Fd device, FileSystem fs, Negotiation negotiation) throws NegotiationException {
        int number = device.number();
        FuseServer server = new FuseServer(fs, number, new DeviceChannel(device),
                () -> new DeviceChannel(DeviceIoctls.cloneOf(number)));
        server.negotiate(negotiation);
        return server;
    }

    /**
     * As {@link #open}, and writes down what a successor needs. All workers share the one descriptor: with those of clones the kernel would
     * give up the requests that were read from them when this process dies, whoever holds a duplicate of {@code device}.
     *
     * @param state stays the caller's, open as long as the server
     */
    public static FuseServer openHeld(Fd device, FileSystem fs, Negotiation negotiation, RecordFile state) throws NegotiationException {
        FuseServer server = held(device, fs, state);
        server.negotiate(new Negotiation() {
            @Override
            public void offered(InitRequest request, InitReply reply, int number) {
                negotiation.offered(request, reply, number);
                reply.want(InitFlags.HAS_RESEND);
            }

            @Override
            public void accepted(Connection connection) {
                negotiation.accepted(connection);
            }
        });
        ConnectionState.of(server.connection).save(state);
        return server;
    }

    /**
     * Goes on with the connection of a server of {@link #openHeld} that has died. Requests that it had read and not answered come again with
     * {@link #resend}.
     *
     * @param device a duplicate of its descriptor, which belongs to the server from now on, and is closed if this throws
     * @throws IOException if {@code state} does not tell how to go on
     */
    public static FuseServer resume(Fd device, FileSystem fs, RecordFile state) throws IOException {
        FuseServer server = held(device, fs, state);
        try {
            server.resume(ConnectionState.read(state));
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private static FuseServer held(Fd device, FileSystem fs, RecordFile state) {
        FuseServer server = new FuseServer(fs, device.number(), new DeviceChannel(device), null);
        server.keep(new Journal(state));
        return server;
    }

    void resume(ConnectionState state) {
        connection.agree(state.minor(), state.flags(), state.maxWrite(), state.maxStackDepth());
    }

    void keep(Journal kept) {
        journal = kept;
    }

    /** To be called once after {@link #resume}, before {@link #start}: what this server has read itself would come again, too. */
    public void resend() {
        connection.notifier().resend();
    }

    void negotiate(Negotiation negotiation) throws NegotiationException {
        boolean agreed = false;
        try {
            new Handshake(main, connection.device(), negotiation, upcalls).run(connection);
            agreed = true;
        } finally {
            if (!agreed) {
                close();
            }
        }
    }

    /** Workers that suit this machine: requests wait for disks more than for processors. */
    public static int defaultWorkers() {
        return Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
    }

    /**
     * Begins to serve.
     *
     * @param workers threads that each serve one request at a time, through a descriptor of their own where the kernel clones
     *     them, each with buffers of {@link Connection#maxWrite()} bytes for request and reply
     * @throws IllegalStateException if it was started before
     * @throws IllegalArgumentException if there are to be no workers
     */
    public synchronized void start(int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("a server needs at least one worker, not " + workers);
        }
        if (started) {
            throw new IllegalStateException("already started");
        }
        List<Worker> ready = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            Channel channel = i == 0 ? main : anotherChannel();
            ready.add(new Worker(this, channel, newDispatcher(requestCapacity(), replyCapacity())));
        }
        started = true;
        live.set(workers);
        for (int i = 0; i < workers; i++) {
            Thread thread = new Thread(ready.get(i), "fuse-worker-" + (i + 1));
            thread.setDaemon(true);
            thread.start();
        }
    }

    private Channel anotherChannel() {
        if (cloning == null) {
            return main;
        }
        try {
            Channel clone = cloning.get();
            channels.add(clone);
            return clone;
        } catch (ErrnoException e) {
            LOG.debug("workers share one descriptor: {}", e.getMessage());
            return main;
        }
    }

    private int requestCapacity() {
        return Math.max(LEAST_REQUEST, WriteRequest.DATA + connection.maxWrite());
    }

    /** READ asks for whole pages, as many as WRITE may carry or more ({@link Handshake#DEFAULT_MAX_PAGES}). */
    private int replyCapacity() {
        int pages = Math.max(Handshake.DEFAULT_MAX_PAGES, Handshake.pages(connection.maxWrite()));
        return Reply.HEADER_SIZE + pages * Frame.PAGE_SIZE;
    }

    /** What was agreed on, and the way to send notifications. */
    public Connection connection() {
        return connection;
    }

    /** Requests read so far, by opcode name ({@link Opcode#name(int)}); those never seen are left out. */
    public Map<String, Long> upcallCounts() {
        return upcalls.snapshot();
    }

    /** Waits until all workers have stopped, which they do after unmount or abort. */
    public Ending awaitEnd() throws InterruptedException {
        synchronized (this) {
            if (!started) {
                throw new IllegalStateException("not started");
            }
        }
        ended.await();
        synchronized (this) {
            if (failure != null) {
                return Ending.FAILED;
            }
            return aborted ? Ending.ABORTED : Ending.UNMOUNTED;
        }
    }

    /** Whether workers are serving. */
    public synchronized boolean isRunning() {
        return started && ended.getCount() > 0;
    }

    /** What kept a worker from reading the device, if anything but unmount and abort did. */
    public synchronized Optional<ErrnoException> failure() {
        return Optional.ofNullable(failure);
    }

    /**
     * Closes the device, which ends the connection if nobody else has it open.
     *
     * @throws IllegalStateException while workers run: unmount first, and wait for the end
     */
    @Override
    public void close() {
        if (isRunning()) {
            throw new IllegalStateException("still serving: unmount, and await the end, before closing");
        }
        blockingLocks.close();
        channels.forEach(Channel::close);
    }

    void workerEnded(ErrnoException cause) {
        note(cause);
        if (live.decrementAndGet() == 0) {
            interrupts.interruptAll();
            blockingLocks.close();
            end();
            ended.countDown();
        }
    }

    private synchronized void note(ErrnoException cause) {
        if (cause == null || cause.errno() == Errno.ENODEV) {
            return;
        }
        if (cause.errno() == Errno.ECONNABORTED) {
            aborted = true;
        } else if (failure == null) {
            failure = cause;
            LOG.error("cannot read {}: {}", DeviceIoctls.DEVICE, cause.getMessage());
        }
    }

    private void end() {
        try {
            destroyer.destroy(fs);
        } catch (RuntimeException e) {
            faults.report(Opcode.DESTROY, e);
        }
    }

    Dispatcher newDispatcher(int requestCapacity, int replyCapacity) {
        return new Dispatcher(fs, new Exchange(connection, requestCapacity, replyCapacity), faults, destroyer);
    }

    /** Sends a reply. That the request is gone, or the whole connection, is found out by the next read. */
    void send(Channel channel, Frame out, int opcode) {
        try {
            channel.write(out);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENODEV) {
                faults.unsent(opcode, e);
            }
        }
    }

    void sendToAll(Frame out) {
        channels.forEach(channel -> send(channel, out, Opcode.INTERRUPT));
    }

    Journal journal() {
        return journal;
    }

    UpcallCounters upcalls() {
        return upcalls;
    }

    Faults faults() {
        return faults;
    }

    Interrupts interrupts() {
        return interrupts;
    }

    BlockingLocks blockingLocks() {
        return blockingLocks;
    }
}
