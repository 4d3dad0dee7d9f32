// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileCalls;
import java.util.function.IntSupplier;

/**
 * A bounded number of nodes with an open O_PATH descriptor. Beyond it the descriptor of a node not used lately is
 * closed; the node is opened again when it is needed ({@link Reopening}). Pinned descriptors may exceed the bound:
 * there are as many as requests in progress and files held open.
 *
 * <p>Thread-safe. The lock is taken when a descriptor is opened or closed, never to use one.
 */
final class Descriptors {
    /** Candidates looked at for one eviction: bounds the time under the lock when nearly all are pinned. */
    private static final int TRIES = 64;

    private final int capacity;
    private final Reopening reopening;
    private final Object lock = new Object();
    /** List head: {@code older} is the newest, {@code newer} the oldest. Guarded by the lock, as is {@code size}. */
    private Node oldest;
    private Node newest;
    private int size;

    Descriptors(int capacity, Reopening reopening) {
        this.capacity = capacity;
        this.reopening = reopening;
    }

    /**
     * The node's descriptor, opened again if it was closed.
     *
     * @throws ErrnoException ESTALE if the object is not there any more
     */
    Pin pin(Node node) {
        return pin(node, 0);
    }

    /** @param depth how many nodes wait for this one to be opened */
    Pin pin(Node node, int depth) {
        int fd = node.pin();
        return new Pin(this, node, fd == Node.NO_FD ? reopen(node, depth) : fd);
    }

    private int reopen(Node node, int depth) {
        int opened = reopening.open(node, this, depth);
        int fd = node.adopt(opened);
        if (fd == opened) {
            admit(node);
        } else {
            FileCalls.close(opened);
        }
        return fd;
    }

    void unpin(Node node) {
        close(node, node.unpin());
    }

    /** Counts in a node that has just got its descriptor. */
    void admit(Node node) {
        synchronized (lock) {
            append(node);
        }
        trim(capacity);
    }

    /** The kernel has forgotten the node: its descriptor is closed with the last pin. */
    void retire(Node node) {
        close(node, node.retire());
    }

    /** Runs a call that opens a descriptor; where there are too many of them, makes room and tries once more. */
    int open(IntSupplier call) {
        try {
            return call.getAsInt();
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EMFILE) {
                throw e;
            }
            trim(size() / 2);
            return call.getAsInt();
        }
    }

    /** How many nodes have a descriptor. */
    int size() {
        synchronized (lock) {
            return size;
        }
    }

    private void close(Node node, int fd) {
        if (fd < 0) {
            return;
        }
        synchronized (lock) {
            remove(node);
        }
        FileCalls.close(fd);
    }

    private void trim(int limit) {
        Node victim;
        int tries = TRIES + Math.max(0, size() - limit);
        while (tries-- > 0 && (victim = candidate(limit)) != null) {
            int fd = victim.evict();
            if (fd == Node.BUSY) {
                synchronized (lock) {
                    append(victim);
                }
            } else if (fd != Node.NO_FD) {
                FileCalls.close(fd);
            }
        }
    }

    /** Takes the first node from the list that was not used since its last turn; null if there are few enough. */
    private Node candidate(int limit) {
        synchronized (lock) {
            if (size <= limit) {
                return null;
            }
            for (int i = 0; oldest.used && i < TRIES; i++) {
                Node spared = oldest;
                spared.used = false;
                remove(spared);
                append(spared);
            }
            Node victim = oldest;
            remove(victim);
            return victim;
        }
    }

    private void append(Node node) {
        if (isListed(node)) {
            return;
        }
        node.older = newest;
        node.newer = null;
        if (newest == null) {
            oldest = node;
        } else {
            newest.newer = node;
        }
        newest = node;
        size++;
    }

    private void remove(Node node) {
        if (!isListed(node)) {
            return;
        }
        if (node.older == null) {
            oldest = node.newer;
        } else {
            node.older.newer = node.newer;
        }
        if (node.newer == null) {
            newest = node.older;
        } else {
            node.newer.older = node.older;
        }
        node.newer = node;
        node.older = node;
        size--;
    }

    private static boolean isListed(Node node) {
        return node.newer != node;
    }
}
