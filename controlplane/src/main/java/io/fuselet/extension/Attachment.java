// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfLink;
import io.fuselet.bpf.BpfMap;
import io.fuselet.bpf.FuseBpf;
import io.fuselet.bpf.ProgramInfo;
import io.fuselet.sys.BpfCalls;
import io.fuselet.sys.ErrnoException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A composition at work on a FUSE connection. Owns the composition and the link; closing it detaches and unloads. Used by one thread at
 * a time.
 */
public final class Attachment implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Attachment.class);
    /** FUSE_ROOT_ID, include/uapi/linux/fuse.h. */
    private static final long ROOT_ID = 1;

    private final BpfLink link;
    private Composition composition;

    private Attachment(BpfLink link, Composition composition) {
        this.link = link;
        this.composition = composition;
    }

    /**
     * Attaches a composition and takes it over; where this fails it is closed.
     *
     * @param device descriptor of /dev/fuse after INIT
     */
    public static Attachment attach(Composition composition, int device) throws BpfException {
        try {
            return new Attachment(BpfLink.attach(composition.types(), composition.entry(), device, composition.ownedMaps()), composition);
        } catch (BpfException | RuntimeException e) {
            composition.close();
            throw e;
        }
    }

    /**
     * Binds the root node to the source directory: from here on its children are bound as they are looked up.
     *
     * @param directory descriptor of it, O_PATH suffices; may be closed afterwards
     */
    public void bindRoot(int directory) throws BpfException {
        bindRoot(composition, directory);
    }

    static void bindRoot(Composition composition, int directory) throws BpfException {
        BpfMap backing = composition.backing().orElseThrow(() -> new BpfException("no extension has a map \"" + Extension.BACKING + "\""));
        byte[] value = ByteBuffer.allocate(FuseBpf.Backing.SIZE).order(ByteOrder.nativeOrder()).putInt(directory).array();
        backing.update(BpfMap.u64(ROOT_ID), value);
    }

    /** Puts another composition in place atomically; it must have been loaded with {@link #sharedMap}. Takes it over. */
    public void replace(Composition next) throws BpfException {
        try {
            link.update(next.entry());
        } catch (BpfException | RuntimeException e) {
            next.close();
            throw e;
        }
        awaitRunningPrograms();
        // The backing map lives on: the connection owns it, and the new composition has a descriptor of its own.
        Composition previous = composition;
        composition = next;
        previous.close();
    }

    /** Those of the old composition still jump through its array, which is emptied when it is closed. */
    private static void awaitRunningPrograms() {
        try {
            BpfCalls.awaitRunningPrograms();
        } catch (ErrnoException e) {
            LOG.warn("requests that are just being decided may miss the old programs: {}", e.getMessage());
        }
    }

    /** The backing map that a replacing composition must reuse, null if there is none. */
    public BpfMap sharedMap() {
        return composition.backing().orElse(null);
    }

    public Composition composition() {
        return composition;
    }

    public BpfLink link() {
        return link;
    }

    /** Whether every loaded program became machine code. */
    public boolean jitCompiled() throws BpfException {
        List<ProgramInfo> infos = composition.programInfos();
        return infos.stream().allMatch(ProgramInfo::jitCompiled);
    }

    @Override
    public void close() {
        link.close();
        composition.close();
    }
}
