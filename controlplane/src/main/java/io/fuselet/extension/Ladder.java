// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.FuseTypes;
import io.fuselet.fuse.InitFlags;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The decisions of the ladder, without any effect: what to try at mount time and, from how that went, which tier was reached and why
 * none above it was. Immutable.
 *
 * <p>The order of events is that of the protocol: INIT request ({@link #triesLoad}), INIT reply ({@link #accepts}), attach, then
 * {@link #decide}.
 */
public final class Ladder {
    static final String CAPPED = "switched off by --tier";
    static final String UNPRIVILEGED = "no CAP_SYS_ADMIN: mounted through fusermount3";
    static final String NO_CAP_BPF = "no CAP_BPF";
    static final String NO_PASSTHROUGH = "kernel offers no FUSE_PASSTHROUGH";

    private final Optional<String> noExtension;
    private final Optional<String> noPassthrough;

    /**
     * @param cap highest tier that the user allows
     * @param privileges what this process may do
     * @param offered flags of the kernel's INIT request, {@link InitFlags}
     */
    public Ladder(Tier cap, Privileges privileges, long offered) {
        noPassthrough = passthroughObstacle(cap, privileges, offered);
        noExtension = extensionObstacle(cap, privileges, offered);
    }

    /** Whether programs are to be loaded before INIT is answered. */
    public boolean triesLoad() {
        return noExtension.isEmpty();
    }

    /** Flags to accept in the INIT reply. */
    public long accepts(Attempt load) {
        if (noPassthrough.isPresent()) {
            return 0;
        }
        return load.succeeded() ? InitFlags.PASSTHROUGH | InitFlags.BPF : InitFlags.PASSTHROUGH;
    }

    /** Whether FUSE_PASSTHROUGH is accepted and shall be tried on a file. */
    public boolean triesPassthrough() {
        return noPassthrough.isEmpty();
    }

    /**
     * @param load how loading the programs went
     * @param passthrough how registering a backing file went
     * @param attach how attaching the programs and binding the root went
     */
    public Decision decide(Attempt load, Attempt passthrough, Attempt attach) {
        List<MissedStep> missed = new ArrayList<>();
        if (attach.succeeded() && passthrough.succeeded()) {
            return new Decision(Tier.EXTENSION, missed);
        }
        missed.add(new MissedStep(Tier.EXTENSION, noExtension.orElseGet(() -> firstFailure(load, passthrough, attach))));
        if (passthrough.succeeded()) {
            return new Decision(Tier.PASSTHROUGH, missed);
        }
        missed.add(new MissedStep(Tier.PASSTHROUGH, noPassthrough.orElseGet(() -> firstFailure(passthrough))));
        return new Decision(Tier.PLAIN, missed);
    }

    private static Optional<String> passthroughObstacle(Tier cap, Privileges privileges, long offered) {
        if (cap == Tier.PLAIN) {
            return Optional.of(CAPPED);
        }
        if (!privileges.sysAdmin()) {
            return Optional.of(UNPRIVILEGED);
        }
        return (offered & InitFlags.PASSTHROUGH) == 0 ? Optional.of(NO_PASSTHROUGH) : Optional.empty();
    }

    private static Optional<String> extensionObstacle(Tier cap, Privileges privileges, long offered) {
        if (cap != Tier.EXTENSION) {
            return Optional.of(CAPPED);
        }
        if (!privileges.sysAdmin()) {
            return Optional.of(UNPRIVILEGED);
        }
        if ((offered & InitFlags.BPF) == 0) {
            return Optional.of(FuseTypes.NOT_OFFERED);
        }
        if (!privileges.bpf()) {
            return Optional.of(NO_CAP_BPF);
        }
        // FUSE_BPF counts only together with FUSE_PASSTHROUGH.
        return (offered & InitFlags.PASSTHROUGH) == 0 ? Optional.of(NO_PASSTHROUGH) : Optional.empty();
    }

    private static String firstFailure(Attempt... inOrder) {
        for (Attempt attempt : inOrder) {
            if (attempt.state() == Attempt.State.FAILED) {
                return attempt.failure();
            }
        }
        throw new IllegalArgumentException("nothing stood in the way and nothing failed");
    }
}
