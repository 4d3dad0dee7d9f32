// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.Fd;
import io.fuselet.sys.NativeBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The attachment of an entry program to a FUSE connection. bpf(2) is called directly because libbpf refuses link options of types that
 * it does not know. Closing the link detaches the program.
 */
public final class BpfLink implements AutoCloseable {
    /** BPF_LINK_CREATE: prog_fd, target_fd, attach_type, flags, then {@code fuse}: map_fds, map_cnt, flags, cache_ttl, max_stack_depth. */
    private static final int CREATE_BYTES = 48;
    /** BPF_LINK_UPDATE: link_fd, new_prog_fd, flags, old_prog_fd. */
    private static final int UPDATE_BYTES = 16;
    /** BPF_LINK_DETACH: link_fd. */
    private static final int DETACH_BYTES = 4;

    private final Fd fd;

    private BpfLink(Fd fd) {
        this.fd = fd;
    }

    /**
     * Attaches an entry program.
     *
     * @param fuseDevice descriptor of /dev/fuse after INIT, or any descriptor on the mount for who has CAP_SYS_ADMIN
     * @param owned FUSE maps that the connection shall own, at most {@link FuseBpf#MAX_MAPS}
     */
    public static BpfLink attach(FuseTypes types, BpfProgram entry, int fuseDevice, List<BpfMap> owned) throws BpfException {
        return attach(types, entry, fuseDevice, owned, 0, 0);
    }

    /**
     * Attaches an entry program that serves from caches.
     *
     * @param flags {@link FuseBpf#LAZY_ATIME} or 0
     * @param cacheTtl nanoseconds for which cached replies may be served that carry no timeout, or a shorter one
     */
    public static BpfLink attach(FuseTypes types, BpfProgram entry, int fuseDevice, List<BpfMap> owned, int flags, long cacheTtl)
            throws BpfException {
        return attach(types, entry, fuseDevice, owned, flags, cacheTtl, 0);
    }

    /**
     * Attaches an entry program for a daemon that cannot accept FUSE_BPF itself: its consent is that it hands over its device.
     *
     * @param fuseDevice descriptor of /dev/fuse before INIT has been answered
     * @param maxStackDepth how deep the connection may be stacked, 1 or 2
     */
    public static BpfLink attachWithConsent(FuseTypes types, BpfProgram entry, int fuseDevice, List<BpfMap> owned, int maxStackDepth)
            throws BpfException {
        return attach(types, entry, fuseDevice, owned, FuseBpf.CONSENT, 0, maxStackDepth);
    }

    private static BpfLink attach(FuseTypes types, BpfProgram entry, int fuseDevice, List<BpfMap> owned, int flags, long cacheTtl,
            int maxStackDepth) throws BpfException {
        int length = owned.size() * Integer.BYTES;
        NativeBuffer maps = NativeBuffer.allocate(length);
        owned.forEach(map -> maps.bytes().putInt(map.fd()));
        NativeBuffer attr = NativeBuffer.allocate(CREATE_BYTES);
        attr.bytes()
                .putInt(entry.fd())
                .putInt(fuseDevice)
                .putInt(types.attach())
                .putInt(0)
                .putLong(Bpf.address(maps, length))
                .putInt(owned.size())
                .putInt(flags)
                .putLong(cacheTtl)
                .putInt(maxStackDepth);
        return new BpfLink(new Fd(Bpf.check("attach to the FUSE connection", Bpf.LINK_CREATE, attr, maps)));
    }

    /** A link that is pinned. */
    public static BpfLink open(Path pin) throws BpfException {
        return new BpfLink(BpfPins.open(pin));
    }

    /** Keeps the link, and with it the attachment, beyond the life of this process. */
    public void pin(Path pin) throws BpfException {
        BpfPins.pin(fd.number(), pin);
    }

    public int fd() {
        return fd.number();
    }

    /** Replaces the entry program, and with it the composition, atomically. */
    public void update(BpfProgram entry) throws BpfException {
        NativeBuffer attr = NativeBuffer.allocate(UPDATE_BYTES);
        attr.bytes().putInt(fd.number()).putInt(entry.fd());
        Bpf.check("replace the entry program", Bpf.LINK_UPDATE, attr);
    }

    /** Takes the program off the connection; the link remains, defunct. */
    public void detach() throws BpfException {
        NativeBuffer attr = NativeBuffer.allocate(DETACH_BYTES);
        attr.bytes().putInt(fd.number());
        Bpf.check("detach from the FUSE connection", Bpf.LINK_DETACH, attr);
    }

    public LinkInfo info() throws BpfException {
        return LinkInfo.of(fd.number());
    }

    @Override
    public void close() {
        fd.close();
    }
}
