// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import static io.fuselet.policy.NodeFlags.AUDIT;
import static io.fuselet.policy.NodeFlags.DENY_READ;
import static io.fuselet.policy.NodeFlags.DENY_WRITE;
import static io.fuselet.policy.NodeFlags.HIDE;
import static io.fuselet.policy.NodeFlags.HIDES_NAMES;

import io.fuselet.fuse.Request;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;

/**
 * Decides about requests by the flags of what they are about. Whoever asks holds a lock under which the policy does not change. A refusal
 * is an {@link ErrnoException}.
 *
 * <p>Names are decided about here in every tier. What is about a node alone programs have decided about where they know it, and told of.
 */
final class PolicyGuard {
    private final KnownNodes nodes;
    private final Auditor auditor;
    private Policy policy;

    PolicyGuard(Policy policy, KnownNodes nodes, Auditor auditor) {
        this.policy = policy;
        this.nodes = nodes;
        this.auditor = auditor;
    }

    void replace(Policy next) {
        policy = next;
    }

    /** Flags of a node for the caller. */
    int flags(Request request, long nodeId) {
        return nodes.get(nodeId).flags[identity(request)];
    }

    /** Flags that a name has for the caller by itself, whatever is there. */
    int flags(Request request, long parent, byte[] name) {
        return nodes.flagsOf(parent, name)[identity(request)];
    }

    private int identity(Request request) {
        return policy.identities().classOf(request.uid(), request.gid());
    }

    /** An operation on a node that needs rights, told of also if it is allowed. */
    void require(Request request, long nodeId, int needed) {
        decide(request, nodeId, needed, true);
    }

    /** An operation on an open file or of little account: told of only if it is refused. */
    void requireQuietly(Request request, long nodeId, int needed) {
        decide(request, nodeId, needed, false);
    }

    private void decide(Request request, long nodeId, int needed, boolean told) {
        KnownNode node = nodes.get(nodeId);
        int flags = node.flags[identity(request)];
        int error = NodeFlags.refusal(flags, needed);
        if ((flags & AUDIT) != 0 && !node.inKernel && (told || error != 0)) {
            auditor.tell(request, Auditor.first(nodes.paths(nodeId)), null, error);
        }
        refuse(error);
    }

    /** Opening or listing a directory; programs leave those in which names may be hidden. */
    void requireListing(Request request, long nodeId, boolean told) {
        KnownNode node = nodes.get(nodeId);
        int flags = node.flags[identity(request)];
        int error = NodeFlags.refusal(flags, DENY_READ);
        boolean ours = !node.inKernel || (flags & HIDES_NAMES) != 0;
        if ((flags & AUDIT) != 0 && ours && (told || error != 0)) {
            auditor.tell(request, Auditor.first(nodes.paths(nodeId)), null, error);
        }
        refuse(error);
    }

    /** Looking for a name: a denied directory is searched only for what an earlier rule allows. */
    void requireVisible(Request request, long parent, byte[] name) {
        int directory = flags(request, parent);
        int flags = flags(request, parent, name);
        int error = NodeFlags.refusal(directory | flags & HIDE, directory & flags & DENY_READ);
        tellOfName(request, flags, parent, name, error, error != 0);
        refuse(error);
    }

    /** Whether a name in a directory is left out of its listing. */
    boolean isHidden(Request request, long parent, byte[] name) {
        return !isDot(name) && (flags(request, parent, name) & HIDE) != 0;
    }

    private static boolean isDot(byte[] name) {
        return name[0] == '.' && (name.length == 1 || name.length == 2 && name[1] == '.');
    }

    /** A new name. Whether it exists below makes no difference to who may not see it. */
    void requireNew(Request request, long parent, byte[] name) {
        int directory = flags(request, parent);
        int flags = flags(request, parent, name);
        int error = newNameError(directory, flags);
        tellOfName(request, directory | flags, parent, name, error, true);
        refuse(error);
    }

    private static int newNameError(int directory, int flags) {
        int error = NodeFlags.refusal(directory, DENY_WRITE);
        if (error == 0) {
            error = (flags & HIDE) != 0 ? Errno.EACCES : NodeFlags.refusal(flags, DENY_WRITE);
        }
        return error;
    }

    /** A name that goes. What else the node is called does not matter: those names stay. */
    void requireRemovable(Request request, long parent, byte[] name) {
        int directory = flags(request, parent);
        int flags = flags(request, parent, name);
        int error = removalError(directory, flags);
        tellOfName(request, directory | flags, parent, name, error, true);
        refuse(error);
    }

    private static int removalError(int directory, int flags) {
        int error = NodeFlags.refusal(directory | flags & HIDE, DENY_WRITE);
        return error == 0 ? NodeFlags.refusal(flags, DENY_WRITE) : error;
    }

    /** A further name: what is restricted cannot be had under a name that is not. */
    void requireLinkable(Request request, long target, long parent, byte[] name) {
        int flags = flags(request, target);
        int directory = flags(request, parent);
        int newName = flags(request, parent, name);
        int error = NodeFlags.refusal(flags, DENY_READ | DENY_WRITE);
        if (error == 0) {
            error = newNameError(directory, newName);
        }
        if (((flags | directory | newName) & AUDIT) != 0) {
            auditor.tell(request, Auditor.first(nodes.paths(target)), Auditor.child(nodes.paths(parent), name), error);
        }
        refuse(error);
    }

    /**
     * A move of a name over another.
     *
     * @param exchange whether the other one moves as well
     */
    void requireMovable(Request request, long parent, byte[] name, long newParent, byte[] newName, boolean exchange) {
        int from = flags(request, parent);
        int to = flags(request, newParent);
        int moved = flags(request, parent, name);
        int replaced = flags(request, newParent, newName);
        int error = removalError(from, moved);
        if (error == 0) {
            error = newNameError(to, replaced);
        }
        if (error == 0 && !keepsBelow(request, parent, name, newParent, newName, exchange)) {
            error = Errno.EXDEV;
        }
        if (((from | to | moved | replaced) & AUDIT) != 0) {
            auditor.tell(request, Auditor.child(nodes.paths(parent), name), Auditor.child(nodes.paths(newParent), newName), error);
        }
        refuse(error);
    }

    /** Otherwise a directory could be moved away from rules for what is in it. */
    private boolean keepsBelow(Request request, long parent, byte[] name, long newParent, byte[] newName, boolean exchange) {
        return keepsBelow(request, parent, name, newParent, newName)
                && (!exchange || keepsBelow(request, newParent, newName, parent, name));
    }

    private boolean keepsBelow(Request request, long parent, byte[] name, long newParent, byte[] newName) {
        KnownNode node = nodes.child(parent, name);
        if (node != null && !node.directory) {
            return true;
        }
        for (TreePath from : nodes.paths(parent)) {
            for (TreePath to : nodes.paths(newParent)) {
                if (!policy.keepsBelow(from.child(name), to.child(newName), request.uid(), request.gid())) {
                    return false;
                }
            }
        }
        return true;
    }

    private void tellOfName(Request request, int flags, long parent, byte[] name, int error, boolean told) {
        if (told && (flags & AUDIT) != 0) {
            auditor.tell(request, Auditor.child(nodes.paths(parent), name), null, error);
        }
    }

    private static void refuse(int error) {
        if (error != 0) {
            throw new ErrnoException("policy", error);
        }
    }
}
