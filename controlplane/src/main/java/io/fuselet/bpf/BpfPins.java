// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.CString;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.MountCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.StatFs;
import java.nio.file.Path;

/** Names in the bpf file system, which keep what they stand for in the kernel (BPF_OBJ_PIN, BPF_OBJ_GET). */
public final class BpfPins {
    /** Where the bpf file system is by convention. */
    public static final Path ROOT = Path.of("/sys/fs/bpf");

    /** BPF_FS_MAGIC, include/uapi/linux/magic.h. */
    private static final long MAGIC = 0xcafe4a11L;
    /** pathname, bpf_fd, file_flags. */
    private static final int ATTR_BYTES = 16;

    private BpfPins() {}

    /** Mounts the bpf file system at {@link #ROOT} unless that has been done. */
    public static void requireFileSystem() throws BpfException {
        try {
            if (type(ROOT) != MAGIC) {
                MountCalls.mount("bpf", ROOT.toString(), "bpf", MountCalls.MS_NOSUID | MountCalls.MS_NODEV | MountCalls.MS_NOEXEC, "mode=700");
            }
        } catch (ErrnoException e) {
            throw new BpfException("mount the bpf file system on " + ROOT, e.errno());
        }
    }

    /** What the kernel says of a map that is pinned. */
    public static MapInfo mapInfo(Path name) throws BpfException {
        try (Fd fd = open(name)) {
            return MapInfo.of(fd.number());
        }
    }

    private static long type(Path directory) {
        try (Fd fd = new Fd(FileCalls.open(directory.toString(), Open.O_PATH | Open.O_DIRECTORY))) {
            return StatFs.of(fd.number()).type();
        }
    }

    static void pin(int fd, Path name) throws BpfException {
        NativeBuffer path = path(name);
        NativeBuffer attr = NativeBuffer.allocate(ATTR_BYTES);
        attr.bytes().putLong(path.address()).putInt(fd);
        Bpf.check("pin " + name, Bpf.OBJ_PIN, attr, path);
    }

    static Fd open(Path name) throws BpfException {
        NativeBuffer path = path(name);
        NativeBuffer attr = NativeBuffer.allocate(ATTR_BYTES);
        attr.bytes().putLong(path.address());
        int fd = Bpf.call(Bpf.OBJ_GET, attr, path);
        if (fd == -Errno.ENOENT) {
            throw new BpfException(name + " does not exist", Errno.ENOENT);
        }
        if (fd < 0) {
            throw new BpfException("open " + name, -fd);
        }
        return new Fd(fd);
    }

    private static NativeBuffer path(Path name) {
        return NativeBuffer.copyOf(CString.of(name.toString()));
    }
}
