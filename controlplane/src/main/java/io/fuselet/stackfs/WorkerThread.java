// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.MountCalls;
import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.ThreadCalls;

/**
 * What a thread takes on before it works for others, once: a file mode creation mask of its own, which otherwise is
 * the whole process's, and as root no CAP_SYS_RESOURCE, with which quotas and reserved blocks would not count.
 */
final class WorkerThread {
    private static final ThreadLocal<WorkerThread> CURRENT = ThreadLocal.withInitial(WorkerThread::new);

    private final long capabilities;
    private int umask;

    private WorkerThread() {
        MountCalls.unshare(MountCalls.CLONE_FS);
        umask = 0;
        ProcessCalls.umask(0);
        capabilities = ThreadCalls.effectiveCapabilities() & ~(1L << ThreadCalls.CAP_SYS_RESOURCE);
        ThreadCalls.setEffectiveCapabilities(capabilities);
    }

    /** Of the calling thread, set up if it was not yet. */
    static WorkerThread current() {
        return CURRENT.get();
    }

    /** Capabilities in effect while the thread works as itself. */
    long capabilities() {
        return capabilities;
    }

    /** Sets the mask that the lower file system applies to new files, unless a default ACL takes its place. */
    void umask(int mask) {
        if (mask != umask) {
            ProcessCalls.umask(mask);
            umask = mask;
        }
    }
}
