// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.CString;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import io.fuselet.sys.ThreadCalls;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A thread that has become the peer, without any capability, and ends when it has opened one thing. */
final class PeerThread {
    private final Peer peer;

    PeerThread(Peer peer) {
        this.peer = peer;
    }

    /**
     * Opens a directory anew, so that the credentials on the new descriptor are the peer's, whoever opened the one that it sent.
     *
     * @throws RpcException if it is no directory, or the peer could not open it
     */
    Fd reopen(Fd directory) throws RpcException, InterruptedException {
        FutureTask<Fd> task = new FutureTask<>(() -> {
            become();
            return new Fd(FileCalls.openat(directory.number(), CString.of("."), Open.O_RDONLY | Open.O_DIRECTORY, 0));
        });
        new Thread(task, "fuselet-peer").start();
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ErrnoException refusal) {
                throw new RpcException(RpcException.NOT_PERMITTED, peer + " cannot open that directory: " + Errno.describe(refusal.errno()));
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Groups first: without capabilities they could not be changed. */
    private void become() {
        ThreadCalls.setgroups(peer.groups().stream().mapToInt(Integer::intValue).toArray());
        ThreadCalls.setresgid(peer.gid());
        ThreadCalls.setresuid(peer.uid());
        ThreadCalls.setEffectiveCapabilities(0);
    }
}
