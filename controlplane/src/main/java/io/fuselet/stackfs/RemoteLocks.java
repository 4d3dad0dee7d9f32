// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static io.fuselet.sys.Open.O_RDONLY;
import static io.fuselet.sys.Open.O_RDWR;
import static io.fuselet.sys.Open.O_WRONLY;

import io.fuselet.fuse.LockReply;
import io.fuselet.fuse.LockRequest;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.RangeLock;
import java.util.concurrent.ConcurrentHashMap;

/**
 * POSIX and flock(2) locks taken on the lower files. Each owner gets an open file description of its own for each file
 * it locks, and with it locks that conflict with everybody else's, above and below. Thread-safe.
 *
 * <p>A process that holds a lock is not known by its number: conflicts are reported with pid 0.
 */
final class RemoteLocks {
    /** How often a waiting lock is tried again, since a lock may be given up below without us: milliseconds. */
    private static final long RETRY_MILLIS = 20;

    private final Tree tree;
    private final ConcurrentHashMap<Owner, Fd> owners = new ConcurrentHashMap<>();
    private final Object givenUp = new Object();

    private record Owner(long nodeId, long id, boolean flock) {}

    RemoteLocks(Tree tree) {
        this.tree = tree;
    }

    void get(LockRequest request, LockReply reply) {
        RangeLock conflict = range(request).conflict(file(request));
        if (conflict != null) {
            reply.conflict(conflict.start(), conflict.end(), conflict.type(), 0);
        }
    }

    /** @throws ErrnoException EAGAIN if another lock is in the way */
    void set(LockRequest request) {
        if (request.flock()) {
            FileCalls.flock(file(request), flockOperation(request.type()) | FileCalls.LOCK_NB);
        } else {
            range(request).set(file(request));
        }
        if (request.type() == RangeLock.F_UNLCK) {
            wakeWaiting();
        }
    }

    /**
     * Tries until the lock is had: a call that waits in the kernel could not be interrupted.
     *
     * @throws ErrnoException EINTR if the caller was interrupted
     */
    void setAndWait(LockRequest request) {
        request.onInterrupt(this::wakeWaiting);
        synchronized (givenUp) {
            while (!request.interrupted()) {
                if (tried(request)) {
                    return;
                }
                awaitChange();
            }
        }
        throw new ErrnoException("fcntl", Errno.EINTR);
    }

    /** The owner gives up its locks on a file. */
    void drop(long nodeId, long owner, boolean flock) {
        Fd file = owners.remove(new Owner(nodeId, owner, flock));
        if (file != null) {
            file.close();
            wakeWaiting();
        }
    }

    void close() {
        owners.values().forEach(Fd::close);
        owners.clear();
    }

    private boolean tried(LockRequest request) {
        try {
            set(request);
            return true;
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EAGAIN) {
                throw e;
            }
            return false;
        }
    }

    private void awaitChange() {
        try {
            givenUp.wait(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ErrnoException("fcntl", Errno.EINTR);
        }
    }

    private void wakeWaiting() {
        synchronized (givenUp) {
            givenUp.notifyAll();
        }
    }

    private int file(LockRequest request) {
        Owner owner = new Owner(request.nodeId(), request.owner(), request.flock());
        return owners.computeIfAbsent(owner, key -> new Fd(open(key.nodeId()))).number();
    }

    /** For both kinds of lock where possible, else for those that the file can have. */
    private int open(long nodeId) {
        try (Pin pin = tree.pin(nodeId)) {
            try {
                return tree.open(pin, O_RDWR);
            } catch (ErrnoException notForBoth) {
                try {
                    return tree.open(pin, O_RDONLY);
                } catch (ErrnoException notReadable) {
                    return tree.open(pin, O_WRONLY);
                }
            }
        }
    }

    private static RangeLock range(LockRequest request) {
        return new RangeLock(request.type(), request.start(), request.end());
    }

    private static int flockOperation(int type) {
        return switch (type) {
            case RangeLock.F_RDLCK -> FileCalls.LOCK_SH;
            case RangeLock.F_WRLCK -> FileCalls.LOCK_EX;
            default -> FileCalls.LOCK_UN;
        };
    }
}
