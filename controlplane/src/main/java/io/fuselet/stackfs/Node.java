// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.FileHandle;
import io.fuselet.sys.Mode;
import io.fuselet.sys.Stat;

/**
 * An object of the lower tree that the kernel knows. It is its own key in {@link NodeTable}.
 *
 * <p>The O_PATH descriptor comes and goes ({@link Descriptors}); whoever uses it pins it. Fields without a comment on
 * locking are guarded by the node's monitor, under which nothing else is locked.
 */
final class Node extends ObjectKey {
    static final int NO_FD = -1;
    /** Result of {@link #evict}: the descriptor is needed. */
    static final int BUSY = -2;

    final long id;
    /** S_IFMT bits; an object never changes its type. */
    final int type;

    private final long birth;
    private final boolean hasHandle;
    private volatile Location location;

    private int fd;
    private int pins;
    private FileHandle handle;
    private boolean kept;
    private long lookups = 1;
    private boolean forgotten;
    /** Where it is written down for a successor; null without one. */
    private NodeRecords records;
    private int slot;

    /** Second chance of the eviction clock; races cost an early eviction at worst. */
    volatile boolean used;
    /** Neighbours in the list of {@link Descriptors}, guarded by its lock; {@code newer} is this node if unlisted. */
    Node newer = this;
    Node older = this;

    /** Handles held open, and the number under which the kernel knows the file, 0 if none: guarded by {@link BackedFiles}. */
    int opens;
    int backingId;

    /**
     * @param fd an O_PATH descriptor, taken over
     * @param hasHandle whether the object can be opened by file handle
     */
    Node(long id, Stat stat, int fd, Location location, boolean hasHandle) {
        super(stat.dev(), stat.ino());
        this.id = id;
        this.type = stat.mode() & Mode.S_IFMT;
        this.birth = birthOf(stat);
        this.fd = fd;
        this.location = location;
        this.hasHandle = hasHandle;
    }

    /** As a predecessor has left it, without a descriptor and without a known place. */
    Node(NodeRecords records, int slot, long id, int type, long lookups, ObjectKey key, long birth, FileHandle handle) {
        super(key.dev, key.ino);
        this.id = id;
        this.type = type;
        this.birth = birth;
        this.fd = NO_FD;
        this.hasHandle = handle != null;
        this.handle = handle;
        this.lookups = lookups;
        this.records = records;
        this.slot = slot;
    }

    /** Writes it down, and from now on what changes of it. */
    synchronized void record(NodeRecords in) {
        if (hasHandle && handle == null) {
            handle = NodeRecords.handleOf(fd);
        }
        slot = in.add(id, type, lookups, this, birth, handle);
        records = in;
    }

    /** Takes back {@link #record}. */
    synchronized void unrecord() {
        if (records != null) {
            records.remove(slot);
            records = null;
        }
    }

    private void rewrite() {
        if (records != null) {
            records.put(slot, id, type, lookups, this, birth, handle);
        }
    }

    boolean isRegular() {
        return type == Mode.S_IFREG;
    }

    boolean isDirectory() {
        return type == Mode.S_IFDIR;
    }

    Location location() {
        return location;
    }

    void moved(Node parent, byte[] name) {
        location = new Location(parent, name);
    }

    /** Counts one more answer that carries this node; false if the kernel has forgotten it. */
    synchronized boolean retain() {
        if (forgotten) {
            return false;
        }
        lookups++;
        rewrite();
        return true;
    }

    /** Takes back answers; true if none is left, which happens once. */
    synchronized boolean forget(long count) {
        lookups -= count;
        if (forgotten) {
            return false;
        }
        if (lookups > 0) {
            rewrite();
            return false;
        }
        forgotten = true;
        unrecord();
        return true;
    }

    /** The descriptor, pinned, or NO_FD. */
    synchronized int pin() {
        if (fd == NO_FD) {
            return NO_FD;
        }
        pins++;
        used = true;
        return fd;
    }

    /** Makes {@code opened} this node's descriptor unless it has one again; returns the one it has, pinned. */
    synchronized int adopt(int opened) {
        if (fd == NO_FD) {
            fd = opened;
        }
        pins++;
        return fd;
    }

    /** Returns the descriptor to close if this was the last pin of a forgotten node, else NO_FD. */
    synchronized int unpin() {
        pins--;
        return forgotten ? takeUnpinned() : NO_FD;
    }

    /** The descriptor to close, now or by the last {@link #unpin}. */
    synchronized int retire() {
        return takeUnpinned();
    }

    /** The descriptor to close, NO_FD if there is none, or BUSY. */
    synchronized int evict() {
        if (fd == NO_FD) {
            return NO_FD;
        }
        if (pins > 0 || kept) {
            return BUSY;
        }
        if (hasHandle && handle == null) {
            handle = NodeRecords.handleOf(fd);
        }
        return takeUnpinned();
    }

    /** A name of this object is gone, perhaps the last one: without a file handle it could not be opened again. */
    synchronized void keepOpen() {
        kept = !hasHandle;
    }

    /** The file handle, if one was made. */
    synchronized FileHandle handle() {
        return handle;
    }

    /**
     * Whether an object of this device and inode number is this one. While the descriptor is open no other object can
     * have the number; after that the file handle tells, or else type and time of birth.
     *
     * @param opened a descriptor of the object
     */
    synchronized boolean is(Stat stat, int opened) {
        if (type != (stat.mode() & Mode.S_IFMT)) {
            return false;
        }
        if (fd != NO_FD) {
            return true;
        }
        return handle != null ? handle.equals(NodeRecords.handleOf(opened)) : bornWith(stat);
    }

    /** Whether type, identity and time of birth agree. */
    boolean matches(Stat stat) {
        return stat.dev() == dev && stat.ino() == ino && (stat.mode() & Mode.S_IFMT) == type && bornWith(stat);
    }

    private boolean bornWith(Stat stat) {
        return birth == birthOf(stat);
    }

    private int takeUnpinned() {
        if (pins > 0) {
            return NO_FD;
        }
        int taken = fd;
        fd = NO_FD;
        return taken;
    }

    private static long birthOf(Stat stat) {
        return stat.hasBtime() ? stat.btime() * 1_000_000_000L + stat.btimeNanos() : 0;
    }

    @Override
    public String toString() {
        return "node " + id + " (inode " + ino + ")";
    }
}
