// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.VerifierException;
import io.fuselet.fuse.Connection;
import io.fuselet.fuse.FileSystem;
import io.fuselet.fuse.InitReply;
import io.fuselet.fuse.InitRequest;
import io.fuselet.fuse.Negotiation;
import io.fuselet.stackfs.StackFileSystem;
import io.fuselet.sys.Fd;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks up the {@link Ladder} while a connection is negotiated: loads before INIT is answered, tries passthrough and attaches
 * afterwards. Owns what it has loaded and attached. Used by the thread that opens the server, then read by others.
 */
final class LadderNegotiation implements Negotiation, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LadderNegotiation.class);

    private final StackMountOptions options;
    private final StackFileSystem fileSystem;
    private final Fd sample;
    private final int stackDepth;
    private final StackPrograms programs;
    /** Null without a policy. */
    private final PolicyMount policy;

    private Ladder ladder;
    private Composition loaded;
    private Attachment attachment;
    private VerifierException refusal;
    private Attempt load = Attempt.NOT_MADE;
    private boolean tooDeep;
    private Decision decision;

    /**
     * @param sample a regular file of the tree below
     * @param stackDepth max_stack_depth to agree on, 1 or 2
     */
    LadderNegotiation(StackMountOptions options, StackFileSystem fileSystem, Fd sample, int stackDepth) {
        this.options = options;
        this.fileSystem = fileSystem;
        this.sample = sample;
        this.stackDepth = stackDepth;
        this.programs = new StackPrograms(options);
        this.policy = options.policy() == null ? null : new PolicyMount(options.policy(), fileSystem, programs);
    }

    @Override
    public void offered(InitRequest request, InitReply reply, int device) {
        fileSystem.negotiate(reply);
        ladder = new Ladder(options.cap(), Privileges.ofThisThread(), request.flags());
        if (ladder.triesLoad()) {
            load = load();
        }
        reply.want(ladder.accepts(load));
        if (ladder.triesPassthrough()) {
            reply.maxStackDepth(stackDepth);
        }
    }

    @Override
    public void accepted(Connection connection) {
        Attempt passthrough = tryPassthrough(connection);
        Attempt attach = load.succeeded() && passthrough.succeeded() ? attach(connection) : Attempt.NOT_MADE;
        decision = ladder.decide(load, passthrough, attach);
        // under an extension the driver backs what the file system opens, if it must
        if (decision.tier() == Tier.PASSTHROUGH) {
            fileSystem.passThrough(connection.backingFiles());
        }
        if (options.count() && attachment == null) {
            attachCounting(connection);
        }
        if (policy != null) {
            policy.serving(connection.notifier());
        }
    }

    /** What to serve. */
    FileSystem served() {
        return policy == null ? fileSystem : policy.fileSystem();
    }

    Optional<PolicyMount> policy() {
        return Optional.ofNullable(policy);
    }

    Decision decision() {
        return decision;
    }

    /** Whether a connection of greater stack depth would get further. */
    boolean tooDeep() {
        return tooDeep;
    }

    Optional<Attachment> attachment() {
        return Optional.ofNullable(attachment);
    }

    /**
     * Puts another object in the place of the extension's, under load.
     *
     * @throws BpfException if it cannot be loaded; then the old one stays
     */
    void replaceExtension(Path object) throws BpfException {
        if (decision.tier() != Tier.EXTENSION) {
            throw new BpfException("no extension is at work: " + decision.tier() + " tier");
        }
        Path previous = programs.object();
        programs.use(object);
        try {
            if (policy != null) {
                policy.replace(policy.policy());
            } else {
                attachment.replace(programs.load(attachment.sharedMap(), Map.of()));
            }
        } catch (BpfException | RuntimeException e) {
            programs.use(previous);
            throw e;
        }
    }

    /** The verifier's refusal, if that is what kept the extension out. */
    Optional<VerifierException> refusal() {
        return Optional.ofNullable(refusal);
    }

    @Override
    public void close() {
        if (policy != null) {
            policy.close();
        }
        if (attachment != null) {
            attachment.close();
        }
        if (loaded != null) {
            loaded.close();
        }
    }

    private Attempt load() {
        try {
            loaded = programs.load();
            return Attempt.SUCCEEDED;
        } catch (VerifierException e) {
            refusal = e;
            return Attempt.failed(e.getMessage());
        } catch (BpfException | RuntimeException e) {
            return Attempt.failed(e.getMessage());
        }
    }

    private Attempt tryPassthrough(Connection connection) {
        if (!ladder.triesPassthrough()) {
            return Attempt.NOT_MADE;
        }
        PassthroughTrial trial = PassthroughTrial.run(connection.backingFiles(), sample);
        tooDeep = trial.tooDeep();
        return trial.attempt();
    }

    private Attempt attach(Connection connection) {
        try {
            if (policy != null) {
                policy.prepare(loaded);
            }
            Attachment attached = Attachment.attach(giveUpLoaded(), connection.device());
            try {
                attached.bindRoot(fileSystem.rootFd());
            } catch (BpfException | RuntimeException e) {
                attached.close();
                throw e;
            }
            attachment = attached;
            if (policy != null) {
                policy.attached(attached);
            }
            return Attempt.SUCCEEDED;
        } catch (BpfException | RuntimeException e) {
            if (policy != null) {
                policy.withdraw();
            }
            return Attempt.failed(e.getMessage());
        }
    }

    private Composition giveUpLoaded() {
        Composition composition = loaded;
        loaded = null;
        return composition;
    }

    private void attachCounting(Connection connection) {
        try {
            attachment = Attachment.attach(programs.loadCounting(), connection.device());
        } catch (BpfException | RuntimeException e) {
            LOG.warn("the kernel does not count this mount's requests: {}", e.getMessage());
        }
    }
}
