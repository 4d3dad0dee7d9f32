// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.fuse.Request;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Stat;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The nodes that the kernel knows, by id and by object: one node for each object, however many names it has. Ids are
 * never used twice, so that generations are not needed. Thread-safe.
 */
final class NodeTable {
    private final ConcurrentHashMap<Long, Node> byId = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<ObjectKey, Node> byObject = new ConcurrentHashMap<>();
    private final AtomicLong lastId;
    private final Descriptors descriptors;
    /** The mount on which objects can be opened by file handle; 0 if on none. */
    private final long handleMount;
    /** Null where nobody is to succeed. */
    private final NodeRecords records;

    /** @param records null where nobody is to succeed */
    NodeTable(Descriptors descriptors, long handleMount, NodeRecords records) {
        this.descriptors = descriptors;
        this.handleMount = handleMount;
        this.records = records;
        lastId = new AtomicLong(Math.max(Request.ROOT_ID, records == null ? 0 : records.firstId()));
    }

    /** Writes down the root, the first of the tree to be recorded. */
    void recordRoot() {
        records.addRoot(get(Request.ROOT_ID));
    }

    /**
     * Makes the nodes that a predecessor has left known again.
     *
     * @throws IOException if they are of another tree
     */
    void restore() throws IOException {
        records.checkRoot(get(Request.ROOT_ID));
        records.restore(node -> {
            byId.put(node.id, node);
            byObject.put(node, node);
        });
    }

    /** Takes over {@code fd} for the root, which is never forgotten and always open. */
    Node addRoot(int fd, Stat stat) {
        Node root = new Node(Request.ROOT_ID, stat, fd, null, false);
        root.pin();
        byId.put(root.id, root);
        byObject.put(root, root);
        return root;
    }

    /**
     * A node by the id that the kernel has of it.
     *
     * @throws ErrnoException ESTALE if there is none
     */
    Node get(long id) {
        Node node = byId.get(id);
        if (node == null) {
            throw new ErrnoException("node", Errno.ESTALE);
        }
        return node;
    }

    /** The node of an object, null if the kernel does not know it. */
    Node find(Stat stat) {
        return byObject.get(new ObjectKey(stat.dev(), stat.ino()));
    }

    /**
     * The node of an object, made if there is none, with one more lookup to its account.
     *
     * @param fd O_PATH descriptor of the object, taken over
     * @param location where it was found; null if it has no name
     */
    Node lookUp(int fd, Stat stat, Location location) {
        while (true) {
            Node known = find(stat);
            if (known == null) {
                Node added = add(fd, stat, location);
                if (added != null) {
                    return added;
                }
            } else if (known.is(stat, fd) && known.retain()) {
                if (location != null) {
                    known.moved(location.parent(), location.name());
                }
                FileCalls.close(fd);
                return known;
            } else {
                removeObject(known);
            }
        }
    }

    /** The kernel gives back {@code count} lookups. */
    void forget(long id, long count) {
        Node node = byId.get(id);
        if (node != null && id != Request.ROOT_ID && node.forget(count)) {
            byId.remove(id);
            removeObject(node);
            descriptors.retire(node);
        }
    }

    /** How many nodes the kernel knows. */
    int size() {
        return byId.size();
    }

    /** Closes what nodes hold open; no request is in progress any more. */
    void close() {
        for (Node node : byId.values()) {
            if (node.id == Request.ROOT_ID) {
                node.unpin();
            }
            descriptors.retire(node);
        }
        byId.clear();
        byObject.clear();
    }

    /** Null if another thread was faster. */
    private Node add(int fd, Stat stat, Location location) {
        boolean hasHandle = handleMount != 0 && stat.mountId() == handleMount;
        Node node = new Node(lastId.incrementAndGet(), stat, fd, location, hasHandle);
        if (records != null) {
            node.record(records);
        }
        byId.put(node.id, node);
        if (byObject.putIfAbsent(node, node) != null) {
            byId.remove(node.id);
            node.unrecord();
            return null;
        }
        descriptors.admit(node);
        return node;
    }

    /** By identity: the object's number may already belong to another node. */
    private void removeObject(Node node) {
        byObject.computeIfPresent(node, (key, value) -> value == node ? null : value);
    }
}
