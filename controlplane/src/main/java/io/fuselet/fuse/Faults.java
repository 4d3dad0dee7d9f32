// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports what should not happen: in full the first time, and not again for the same kind in the same place. */
final class Faults {
    private static final Logger LOG = LoggerFactory.getLogger(FileSystem.class);

    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    void report(int opcode, Throwable fault) {
        if (isFirst(opcode + fault.getClass().getName())) {
            LOG.error("{} failed unexpectedly; the caller gets EIO, and further failures like it are not logged",
                    Opcode.name(opcode), fault);
        }
    }

    void malformed(int opcode, int length) {
        if (isFirst("malformed " + opcode)) {
            LOG.error("malformed {} request of {} bytes; further ones are not logged", Opcode.name(opcode), length);
        }
    }

    void unsent(int opcode, RuntimeException cause) {
        if (isFirst("unsent " + opcode)) {
            LOG.error("the kernel did not take the reply to {}: {}; further ones are not logged", Opcode.name(opcode),
                    cause.getMessage());
        }
    }

    void stuck(int locks) {
        LOG.warn("{} lock requests did not end with the connection", locks);
    }

    private boolean isFirst(String kind) {
        return seen.add(kind);
    }
}
