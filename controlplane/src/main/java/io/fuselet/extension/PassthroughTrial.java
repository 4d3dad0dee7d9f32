// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.fuse.BackingFiles;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;

/**
 * Tries whether the kernel backs files of a tree, by registering one of them.
 *
 * @param attempt how it went
 * @param tooDeep whether the tree's file system is stacked deeper than the connection allows
 */
record PassthroughTrial(Attempt attempt, boolean tooDeep) {
    static PassthroughTrial run(BackingFiles backing, Fd sample) {
        try {
            backing.close(backing.open(sample.number()));
            return new PassthroughTrial(Attempt.SUCCEEDED, false);
        } catch (ErrnoException e) {
            boolean tooDeep = e.errno() == Errno.ELOOP;
            String reason = tooDeep ? "the tree below is itself stacked too deep" : Errno.describe(e.errno());
            return new PassthroughTrial(Attempt.failed("kernel refuses backing files: " + reason), tooDeep);
        }
    }
}
