// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.util.List;
import jnr.ffi.Pointer;

/**
 * The attachment of an entry program to a FUSE connection. bpf(2) is called directly because libbpf refuses link options of types that
 * it does not know. Closing the link detaches the program.
 */
public final class BpfLink implements AutoCloseable {
    /** BPF_LINK_CREATE: prog_fd, target_fd, attach_type, flags, then {@code fuse.map_fds} and {@code fuse.map_cnt}. */
    private static final int CREATE_BYTES = 32;
    /** BPF_LINK_UPDATE: link_fd, new_prog_fd, flags, old_prog_fd. */
    private static final int UPDATE_BYTES = 16;
    /** BPF_LINK_DETACH: link_fd. */
    private static final int DETACH_BYTES = 4;

    private int fd;

    private BpfLink(int fd) {
        this.fd = fd;
    }

    /**
     * Attaches an entry program.
     *
     * @param fuseDevice descriptor of /dev/fuse after INIT, or any descriptor on the mount for who has CAP_SYS_ADMIN
     * @param owned FUSE maps that the connection shall own, at most {@link FuseBpf#MAX_MAPS}
     */
    public static BpfLink attach(FuseTypes types, BpfProgram entry, int fuseDevice, List<BpfMap> owned) throws BpfException {
        Pointer fds = Bpf.allocate(owned.size() * Integer.BYTES);
        for (int i = 0; i < owned.size(); i++) {
            fds.putInt((long) i * Integer.BYTES, owned.get(i).fd());
        }
        Pointer attr = Bpf.allocate(CREATE_BYTES);
        attr.putInt(0, entry.fd());
        attr.putInt(4, fuseDevice);
        attr.putInt(8, types.attach());
        attr.putAddress(16, owned.isEmpty() ? 0 : fds.address());
        attr.putInt(24, owned.size());
        return new BpfLink(Bpf.check("attach to the FUSE connection", Bpf.LINK_CREATE, attr, CREATE_BYTES, fds));
    }

    public int fd() {
        return fd;
    }

    /** Replaces the entry program, and with it the composition, atomically. */
    public void update(BpfProgram entry) throws BpfException {
        Pointer attr = Bpf.allocate(UPDATE_BYTES);
        attr.putInt(0, fd);
        attr.putInt(4, entry.fd());
        Bpf.check("replace the entry program", Bpf.LINK_UPDATE, attr, UPDATE_BYTES);
    }

    /** Takes the program off the connection; the link remains, defunct. */
    public void detach() throws BpfException {
        Pointer attr = Bpf.allocate(DETACH_BYTES);
        attr.putInt(0, fd);
        Bpf.check("detach from the FUSE connection", Bpf.LINK_DETACH, attr, DETACH_BYTES);
    }

    public LinkInfo info() throws BpfException {
        return LinkInfo.of(fd);
    }

    @Override
    public void close() {
        if (fd >= 0) {
            Bpf.close(fd);
            fd = -1;
        }
    }
}
