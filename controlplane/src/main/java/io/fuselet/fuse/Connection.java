// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** What kernel and server agreed on in INIT. Fixed before the first other request; read by all threads. */
public final class Connection {
    private final int device;
    private final Notifier notifier;
    private volatile int minor;
    private volatile long flags;
    private volatile int maxWrite = InitReply.DEFAULT_MAX_WRITE;
    private volatile int maxStackDepth;

    Connection(int device, Channel channel) {
        this.device = device;
        notifier = new Notifier(channel);
    }

    void agree(int minor, long flags, int maxWrite, int maxStackDepth) {
        this.minor = minor;
        this.flags = flags;
        this.maxWrite = maxWrite;
        this.maxStackDepth = maxStackDepth;
    }

    /** Descriptor of {@code /dev/fuse} that was mounted, owned by the server: BPF links and backing files are attached to it. */
    public int device() {
        return device;
    }

    /** Protocol minor version in force: the lower of the kernel's and the server's. */
    public int minor() {
        return minor;
    }

    /** Flags of {@link InitFlags} in force: offered and wanted. */
    public long flags() {
        return flags;
    }

    /** Whether all of {@code wanted} are in force. */
    public boolean has(long wanted) {
        return (flags & wanted) == wanted;
    }

    /** Most bytes of one WRITE. */
    public int maxWrite() {
        return maxWrite;
    }

    /** How deep backing files may be stacked, 0 without {@link InitFlags#PASSTHROUGH}. */
    public int maxStackDepth() {
        return maxStackDepth;
    }

    /** Messages to the kernel. */
    public Notifier notifier() {
        return notifier;
    }

    /** Files below, for passthrough. */
    public BackingFiles backingFiles() {
        return DeviceIoctls.backingFiles(device);
    }
}
