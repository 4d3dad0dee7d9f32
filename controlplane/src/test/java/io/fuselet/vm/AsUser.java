// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.sys.ThreadCalls;
import java.util.concurrent.atomic.AtomicReference;

/** Runs something as another user, on a thread that ends with it. */
final class AsUser {
    private AsUser() {}

    interface Work {
        void run() throws Exception;
    }

    static void run(int uid, int gid, int[] groups, Work work) throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                ThreadCalls.setgroups(groups);
                ThreadCalls.setresgid(gid);
                ThreadCalls.setresuid(uid);
                work.run();
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        thread.start();
        thread.join();
        if (failure.get() != null) {
            throw new AssertionError("as user " + uid, failure.get());
        }
    }
}
