// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import io.fuselet.fuse.Request;
import io.fuselet.policy.KnownNode.Link;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The nodes that the kernel knows, under which paths, and what the policy says of them. Flags are in the programs' map before the answer
 * that names the node, and change there before the answer to the request that moves it.
 *
 * <p>Thread-safe. A node that is known under several paths has the strictest of their flags, one that has lost its last name those of
 * where it was.
 */
final class KnownNodes {
    /** Directories can be mounted below in several places, within themselves too; beyond so many paths a node is denied. */
    private static final int MOST_PATHS = 64;

    private final Map<Long, KnownNode> byId = new ConcurrentHashMap<>();
    private Policy policy;
    private NodeFlagsMap map;

    KnownNodes(Policy policy, NodeFlagsMap map) {
        this.policy = policy;
        this.map = map;
        KnownNode root = new KnownNode(Request.ROOT_ID, true);
        root.lookups = 1;
        byId.put(root.id, root);
        refresh(root);
    }

    /** @throws ErrnoException ESTALE if the kernel cannot know it */
    KnownNode get(long id) {
        KnownNode node = byId.get(id);
        if (node == null) {
            throw new ErrnoException("node", Errno.ESTALE);
        }
        return node;
    }

    /** A node is about to be answered under a name once more. */
    synchronized KnownNode add(long parentId, byte[] name, long id, boolean directory) {
        KnownNode node = count(id, directory);
        if (link(get(parentId), name, node) || node.flags == null) {
            refresh(node);
        }
        return node;
    }

    /** A node without a name is about to be answered: it is treated as the directory that it was made in. */
    synchronized KnownNode addNameless(long parentId, long id) {
        KnownNode node = count(id, false);
        node.lastPaths = paths(get(parentId));
        refresh(node);
        return node;
    }

    private KnownNode count(long id, boolean directory) {
        KnownNode node = byId.computeIfAbsent(id, missing -> new KnownNode(missing, directory));
        node.lookups++;
        return node;
    }

    synchronized void forget(long id, long lookups) {
        KnownNode node = byId.get(id);
        if (node == null || id == Request.ROOT_ID || (node.lookups -= lookups) > 0) {
            return;
        }
        map.beforeChange();
        byId.remove(id);
        node.links.forEach(link -> link.parent().children.remove(link.name(), node));
        if (node.inKernel) {
            map.remove(id);
        }
    }

    /** A name is gone. */
    synchronized void unlink(long parentId, byte[] name) {
        KnownNode parent = get(parentId);
        KnownNode node = parent.children.get(ByteBuffer.wrap(name));
        if (node != null) {
            map.beforeChange();
            unlink(Link.of(parent, name), node);
            refreshLinked(node);
        }
    }

    /**
     * A name has moved; what it may have replaced is gone.
     *
     * @return the names of what callers have other rights to now
     */
    synchronized List<Link> rename(long parentId, byte[] name, long newParentId, byte[] newName) {
        map.beforeChange();
        KnownNode parent = get(parentId);
        KnownNode node = parent.children.get(ByteBuffer.wrap(name));
        if (node != null) {
            unlink(Link.of(parent, name), node);
            link(get(newParentId), newName, node);
            return refreshTree(node);
        }
        unlink(newParentId, newName);
        return List.of();
    }

    /** Two names have changed places; returns the names of what callers have other rights to now. */
    synchronized List<Link> exchange(long parentId, byte[] name, long otherId, byte[] otherName) {
        map.beforeChange();
        KnownNode parent = get(parentId);
        KnownNode other = get(otherId);
        KnownNode first = parent.children.get(ByteBuffer.wrap(name));
        KnownNode second = other.children.get(ByteBuffer.wrap(otherName));
        move(first, Link.of(parent, name), Link.of(other, otherName));
        move(second, Link.of(other, otherName), Link.of(parent, name));
        List<Link> changed = new ArrayList<>();
        for (KnownNode each : Arrays.asList(first, second)) {
            if (each != null) {
                changed.addAll(refreshTree(each));
            }
        }
        return changed;
    }

    private void move(KnownNode node, Link from, Link to) {
        if (node != null) {
            from.parent().children.remove(from.name(), node);
            node.links.remove(from);
            to.parent().children.put(to.name(), node);
            node.links.add(to);
        }
    }

    /** The node behind a name, null if the kernel does not know one. */
    synchronized KnownNode child(long parentId, byte[] name) {
        return get(parentId).children.get(ByteBuffer.wrap(name));
    }

    /** Flags that a node of this name would have by its name. */
    synchronized byte[] flagsOf(long parentId, byte[] name) {
        List<TreePath> paths = new ArrayList<>();
        for (TreePath path : paths(get(parentId))) {
            paths.add(path.child(name));
        }
        return strictest(paths);
    }

    synchronized List<TreePath> paths(long id) {
        KnownNode node = byId.get(id);
        return node == null ? List.of() : paths(node);
    }

    /** Runs something while no node comes, moves or goes. */
    synchronized void whilePathsStay(Runnable action) {
        action.run();
    }

    /**
     * Another policy from now on; no request may be in progress that asks for flags.
     *
     * @param ready run when the flags of all known nodes are in the new map, and before anybody asks for them here
     * @return the nodes that are treated otherwise than before, and where they are
     */
    synchronized <E extends Exception> List<Link> replace(Policy nextPolicy, NodeFlagsMap nextMap, Step<E> ready) throws E {
        boolean sameClasses = policy.identities().uids().equals(nextPolicy.identities().uids())
                && policy.identities().gids().equals(nextPolicy.identities().gids());
        Policy previous = policy;
        policy = nextPolicy;
        List<KnownNode> nodes = new ArrayList<>(byId.values());
        List<byte[]> flags = new ArrayList<>();
        List<Boolean> inKernel = new ArrayList<>();
        try {
            for (KnownNode node : nodes) {
                byte[] next = evaluate(node);
                flags.add(next);
                inKernel.add(nextMap.put(node.id, next));
            }
            ready.run();
        } catch (Exception e) {
            policy = previous;
            throw e;
        }
        map = nextMap;
        List<Link> changed = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            KnownNode node = nodes.get(i);
            if (!sameClasses || !Arrays.equals(node.flags, flags.get(i))) {
                changed.addAll(node.links);
            }
            node.flags = flags.get(i);
            node.inKernel = inKernel.get(i);
        }
        return changed;
    }

    /** Something that may fail. */
    @FunctionalInterface
    interface Step<E extends Exception> {
        void run() throws E;
    }

    /** @return whether that is new */
    private boolean link(KnownNode parent, byte[] name, KnownNode node) {
        Link link = Link.of(parent, name);
        KnownNode previous = parent.children.get(link.name());
        if (previous == node) {
            return false;
        }
        if (previous != null) {
            unlink(link, previous);
            refreshLinked(previous);
        }
        parent.children.put(link.name(), node);
        node.links.add(link);
        return true;
    }

    private void unlink(Link link, KnownNode node) {
        link.parent().children.remove(link.name(), node);
        if (node.links.size() == 1) {
            node.lastPaths = paths(node);
        }
        node.links.remove(link);
    }

    private void refreshLinked(KnownNode node) {
        if (!node.links.isEmpty()) {
            refreshTree(node);
        }
    }

    private List<Link> refreshTree(KnownNode node) {
        List<Link> changed = new ArrayList<>();
        Set<KnownNode> done = new HashSet<>();
        Deque<KnownNode> todo = new ArrayDeque<>(List.of(node));
        while (!todo.isEmpty()) {
            KnownNode next = todo.pop();
            if (done.add(next)) {
                byte[] before = next.flags;
                refresh(next);
                if (!NodeFlags.haveSameRights(before, next.flags)) {
                    changed.addAll(next.links);
                }
                todo.addAll(next.children.values());
            }
        }
        return changed;
    }

    private void refresh(KnownNode node) {
        publish(node, evaluate(node));
    }

    private void publish(KnownNode node, byte[] flags) {
        if (!Arrays.equals(node.flags, flags)) {
            node.flags = flags;
            node.inKernel = map.put(node.id, flags);
        }
    }

    private byte[] evaluate(KnownNode node) {
        byte[] flags = strictest(node.links.isEmpty() && node.id != Request.ROOT_ID ? node.lastPaths : paths(node));
        for (int i = 0; i < flags.length && !node.directory; i++) {
            flags[i] &= (byte) ~NodeFlags.NAMES;
        }
        return flags;
    }

    /** What has no path, or too many to look at, is denied. */
    private byte[] strictest(List<TreePath> paths) {
        byte[] all = new byte[policy.identities().size()];
        if (paths.isEmpty() || paths.size() > MOST_PATHS) {
            Arrays.fill(all, (byte) (NodeFlags.DENY_READ | NodeFlags.DENY_WRITE));
        }
        for (TreePath path : paths) {
            byte[] flags = policy.flags(path);
            for (int i = 0; i < all.length; i++) {
                all[i] |= flags[i];
            }
        }
        return all;
    }

    private List<TreePath> paths(KnownNode node) {
        List<TreePath> found = new ArrayList<>();
        collect(node, new ArrayDeque<>(), new HashSet<>(), found);
        return found;
    }

    private void collect(KnownNode node, Deque<byte[]> below, Set<KnownNode> onTheWay, List<TreePath> found) {
        if (node.id == Request.ROOT_ID) {
            found.add(TreePath.of(new ArrayList<>(below)));
            return;
        }
        if (found.size() > MOST_PATHS || !onTheWay.add(node)) {
            return;
        }
        for (Link link : node.links) {
            below.push(link.bytes());
            collect(link.parent(), below, onTheWay, found);
            below.pop();
        }
        onTheWay.remove(node);
    }
}
