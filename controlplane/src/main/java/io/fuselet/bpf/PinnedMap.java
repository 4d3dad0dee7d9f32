// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.Fd;
import java.nio.file.Path;

/** A map opened by its name in the bpf file system, until closed. */
public final class PinnedMap implements AutoCloseable {
    private final Fd fd;
    private final BpfMap map;

    private PinnedMap(Fd fd, BpfMap map) {
        this.fd = fd;
        this.map = map;
    }

    public static PinnedMap open(Path name) throws BpfException {
        Fd fd = BpfPins.open(name);
        try {
            MapInfo info = MapInfo.of(fd.number());
            return new PinnedMap(fd, new BpfMap(info.name(), fd.number(), info.keySize(), info.valueSize(), info.maxEntries()));
        } catch (BpfException e) {
            fd.close();
            throw e;
        }
    }

    public BpfMap map() {
        return map;
    }

    @Override
    public void close() {
        fd.close();
    }
}
