// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.fuse.Request;
import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.ThreadCalls;
import java.util.function.IntSupplier;

/**
 * Makes new objects belong to the caller: the calling thread takes the caller's file system ids, and keeps its
 * capabilities, since the kernel has checked permissions already (default_permissions) and the caller's supplementary
 * groups, by which the check may have passed, are not known here.
 *
 * <p>Without the capabilities to change ids every object is this process's.
 */
final class Callers {
    private final int uid = ProcessCalls.geteuid();
    private final int gid = ProcessCalls.getegid();
    private final boolean canSwitch = ThreadCalls.hasCapability(ThreadCalls.CAP_SETUID)
            && ThreadCalls.hasCapability(ThreadCalls.CAP_SETGID);

    /** Runs {@code creation}, which makes an object, as the caller of {@code request}. */
    int run(Request request, int umask, IntSupplier creation) {
        WorkerThread worker = WorkerThread.current();
        worker.umask(umask);
        if (!canSwitch || request.uid() == uid && request.gid() == gid) {
            return creation.getAsInt();
        }
        try {
            ThreadCalls.setfsgid(request.gid());
            ThreadCalls.setfsuid(request.uid());
            ThreadCalls.setEffectiveCapabilities(worker.capabilities());
            return creation.getAsInt();
        } finally {
            // back at uid 0 the file system capabilities are in effect again by themselves, see capabilities(7)
            ThreadCalls.setfsuid(uid);
            ThreadCalls.setfsgid(gid);
        }
    }
}
