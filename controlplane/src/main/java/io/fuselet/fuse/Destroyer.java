// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.util.concurrent.atomic.AtomicBoolean;

/** Ends a file system once: at DESTROY, or when the last worker stops, since most mounts never send one. */
final class Destroyer {
    private final AtomicBoolean destroyed = new AtomicBoolean();

    void destroy(FileSystem fs) {
        if (destroyed.compareAndSet(false, true)) {
            fs.destroy();
        }
    }
}
