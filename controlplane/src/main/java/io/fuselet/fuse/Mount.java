// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Mode;
import io.fuselet.sys.MountCalls;
import io.fuselet.sys.Open;
import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.ThreadCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A mounted FUSE file system. Between {@link #mount} and the answer to INIT whoever looks below the mount point waits: open a
 * {@link FuseServer} on {@link #device()} at once, or {@link #abort}.
 *
 * <p>Methods may be called from any thread, but not from one that serves requests of this mount.
 */
public final class Mount {
    private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

    private final Path path;
    private final Fd device;
    private final boolean privileged;
    private final Fusermount fusermount;
    private final int connectionId;

    private Mount(Path path, Fd device, boolean privileged, Fusermount fusermount) throws MountException {
        this.path = path;
        this.device = device;
        this.privileged = privileged;
        this.fusermount = fusermount;
        connectionId = MountTable.read().at(path).map(MountTable.Entry::minor).orElse(-1);
    }

    /**
     * Mounts with mount(2) where the calling thread has CAP_SYS_ADMIN, else through fusermount3(1).
     *
     * @throws MountException if that is not possible; then nothing is mounted
     */
    public static Mount mount(Path mountPoint, MountOptions options) throws MountException {
        Path real = MountPoint.check(mountPoint);
        Fusermount fusermount = new Fusermount(Fusermount.PROGRAM);
        return ThreadCalls.hasCapability(ThreadCalls.CAP_SYS_ADMIN)
                ? new Mount(real, mountDirectly(real, options), true, fusermount)
                : new Mount(real, fusermount.mount(real, options), false, fusermount);
    }

    /**
     * A mount of another process, which has died.
     *
     * @param device a duplicate of that process's {@code /dev/fuse}
     * @throws MountException if no FUSE file system is mounted there
     */
    public static Mount takeOver(Path mountPoint, Fd device) throws MountException {
        Mount mount = new Mount(mountPoint, device, true, new Fusermount(Fusermount.PROGRAM));
        if (!mount.isMounted()) {
            throw new MountException("no FUSE file system is mounted on " + mountPoint);
        }
        return mount;
    }

    private static Fd mountDirectly(Path real, MountOptions options) throws MountException {
        Fd device = openDevice();
        try {
            MountCalls.mount(options.source(), real.toString(), "fuse." + MountOptions.SUBTYPE, flags(options),
                    data(device, options));
            return device;
        } catch (ErrnoException e) {
            device.close();
            throw new MountException("cannot mount on " + real + ": " + explain(e.errno()));
        }
    }

    private static Fd openDevice() throws MountException {
        try {
            return new Fd(FileCalls.open(DeviceIoctls.DEVICE, Open.O_RDWR));
        } catch (ErrnoException e) {
            throw new MountException(switch (e.errno()) {
                case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                    "no " + DeviceIoctls.DEVICE + ": load the kernel module with 'modprobe fuse'";
                case Errno.EACCES, Errno.EPERM ->
                    "no permission to open " + DeviceIoctls.DEVICE + ": allow the device to this user or container";
                default -> "cannot open " + DeviceIoctls.DEVICE + ": " + Errno.describe(e.errno());
            });
        }
    }

    static long flags(MountOptions options) {
        return (options.readOnly() ? MountCalls.MS_RDONLY : 0)
                | (options.suid() ? 0 : MountCalls.MS_NOSUID)
                | (options.dev() ? 0 : MountCalls.MS_NODEV);
    }

    private static String data(Fd device, MountOptions options) {
        return "fd=" + device.number() + ",rootmode=" + Integer.toOctalString(Mode.S_IFDIR) + ",user_id="
                + ProcessCalls.getuid() + ",group_id=" + ProcessCalls.getgid() + options.common();
    }

    private static String explain(int errno) {
        return switch (errno) {
            case Errno.ENODEV -> "this kernel has no FUSE; load the module with 'modprobe fuse'";
            case Errno.EPERM -> "not permitted here; allow mounts to this container";
            default -> Errno.describe(errno);
        };
    }

    /** Real path of the mount point. */
    public Path path() {
        return path;
    }

    /** The connection's {@code /dev/fuse} descriptor, for {@link FuseServer#open}. */
    public Fd device() {
        return device;
    }

    /** Whether it was mounted by mount(2), not through fusermount3. */
    public boolean privileged() {
        return privileged;
    }

    /** Name of the connection's directory in {@code /sys/fs/fuse/connections}; -1 if the mount was gone at once. */
    public int connectionId() {
        return connectionId;
    }

    /**
     * Unmounts.
     *
     * @throws MountException if something below is in use; nothing has changed then
     */
    public void unmount() throws MountException {
        unmount(false);
    }

    /** Takes the mount out of the tree; it ends when the last user is gone. */
    public void detach() throws MountException {
        unmount(true);
    }

    private void unmount(boolean lazily) throws MountException {
        if (!privileged) {
            fusermount.unmount(path, lazily);
            return;
        }
        try {
            MountCalls.umount2(path.toString(), MountCalls.UMOUNT_NOFOLLOW | (lazily ? MountCalls.MNT_DETACH : 0));
        } catch (ErrnoException e) {
            throw new MountException("cannot unmount " + path + ": " + (e.errno() == Errno.EBUSY
                    ? "files or directories below are in use; close them or detach the mount"
                    : Errno.describe(e.errno())));
        }
    }

    /** Ends the connection by force: pending requests fail with ECONNABORTED, later ones with ENOTCONN. Then detaches. */
    public void abort() throws MountException {
        if (!abortByFusectl() && privileged) {
            abortByForce();
        }
        if (isMounted()) {
            detach();
        }
    }

    /** Whether this file system is what is found at its mount point. */
    public boolean isMounted() throws MountException {
        return MountTable.read().at(path).filter(entry -> entry.isFuse() && entry.minor() == connectionId).isPresent();
    }

    private boolean abortByFusectl() {
        try {
            Files.writeString(CONNECTIONS.resolve(connectionId + "/abort"), "1");
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether the mount itself is in use does not matter here: the abort comes first ({@code fuse_umount_begin}). */
    private void abortByForce() throws MountException {
        try {
            MountCalls.umount2(path.toString(), MountCalls.UMOUNT_NOFOLLOW | MountCalls.MNT_FORCE);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EBUSY) {
                throw new MountException("cannot abort " + path + ": " + Errno.describe(e.errno()));
            }
        }
    }
}
