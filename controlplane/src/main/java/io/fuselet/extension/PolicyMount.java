// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfMap;
import io.fuselet.fuse.FileSystem;
import io.fuselet.fuse.Notifier;
import io.fuselet.policy.NodeFlagsMap;
import io.fuselet.policy.Policy;
import io.fuselet.policy.PolicyFileSystem;
import io.fuselet.policy.PolicyFileSystem.KnownName;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policy of a mount: in front of its file system, and in its programs where it has any. Methods may be called by any thread but those
 * that serve requests.
 */
public final class PolicyMount implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyMount.class);

    private final PolicyOptions options;
    private final PolicyFileSystem fileSystem;
    private final StackPrograms programs;
    /** Notifications take locks that a request in progress may hold. */
    private final ExecutorService notifications = Executors.newSingleThreadExecutor(PolicyMount::daemonThread);
    private Policy policy;
    private Attachment attachment;
    private PolicyEvents events;
    private volatile Notifier notifier;

    PolicyMount(PolicyOptions options, FileSystem inner, StackPrograms programs) {
        this.options = options;
        this.programs = programs;
        policy = options.policy();
        fileSystem = new PolicyFileSystem(inner, policy, options.audit());
        fileSystem.onOutdated(names -> notifications.execute(() -> names.forEach(this::dropCached)));
    }

    private static Thread daemonThread(Runnable work) {
        Thread thread = new Thread(work, "fuselet-policy-notify");
        thread.setDaemon(true);
        return thread;
    }

    /** What is served in place of the inner file system. */
    FileSystem fileSystem() {
        return fileSystem;
    }

    /** Programs get the flags of all nodes, before they are attached. */
    synchronized void prepare(Composition composition) throws BpfException {
        events = new PolicyEvents(composition, fileSystem, options.audit());
        PolicyMaps maps = PolicyMaps.of(composition, policy.identities(), beforeChange(policy));
        fileSystem.replace(policy, maps, () -> { });
    }

    /** The programs are at work. */
    synchronized void attached(Attachment attached) {
        attachment = attached;
    }

    /** They will not be. */
    synchronized void withdraw() {
        fileSystem.replace(policy, NodeFlagsMap.NONE, () -> { });
        closeEvents();
    }

    synchronized void serving(Notifier kernel) {
        notifier = kernel;
    }

    public synchronized Policy policy() {
        return policy;
    }

    /** Audit events that were not kept, in the kernel or here, since the mount began. */
    public synchronized long lostEvents() throws BpfException {
        Optional<Composition> composition = Optional.ofNullable(attachment).map(Attachment::composition);
        long inKernel = composition.isPresent() ? PolicyEvents.lost(composition.get().map(PolicyMaps.EXTENSION, PolicyMaps.LOST)) : 0;
        return inKernel + options.audit().lost();
    }

    /**
     * Puts another policy in the place of the present one: each request is judged by one of them, and none by the old one that begins after
     * this returns.
     *
     * @throws BpfException if programs cannot be loaded for it; then the old policy holds
     */
    public synchronized void replace(Policy next) throws BpfException {
        List<KnownName> changed = attachment == null ? fileSystem.replace(next, NodeFlagsMap.NONE, () -> { }) : replacePrograms(next);
        policy = next;
        changed.forEach(this::dropCached);
    }

    private List<KnownName> replacePrograms(Policy next) throws BpfException {
        Composition present = attachment.composition();
        Map<String, BpfMap> kept = Map.of(
                PolicyMaps.EVENTS, present.map(PolicyMaps.EXTENSION, PolicyMaps.EVENTS),
                PolicyMaps.LOST, present.map(PolicyMaps.EXTENSION, PolicyMaps.LOST));
        Composition composition = programs.load(attachment.sharedMap(), kept);
        try {
            PolicyMaps maps = PolicyMaps.of(composition, next.identities(), beforeChange(next));
            return fileSystem.replace(next, maps, () -> attachment.replace(composition));
        } catch (BpfException | RuntimeException e) {
            composition.close();
            throw e;
        }
    }

    private Runnable beforeChange(Policy of) {
        return of.audits() ? events::drain : () -> { };
    }

    /** What the kernel has cached of a node was meant for callers under the old policy. */
    private void dropCached(KnownName known) {
        try {
            notifier.expireEntry(known.parent(), known.name());
            notifier.invalidateInode(known.node(), 0, 0);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENODEV) {
                LOG.warn("the kernel keeps what it has cached of node {}: {}", known.node(), e.getMessage());
            }
        }
    }

    private void closeEvents() {
        if (events != null) {
            events.close();
            events = null;
        }
    }

    @Override
    public synchronized void close() {
        notifications.shutdownNow();
        closeEvents();
        attachment = null;
    }
}
