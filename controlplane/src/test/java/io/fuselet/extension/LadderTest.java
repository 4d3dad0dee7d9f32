// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import static io.fuselet.extension.Tier.EXTENSION;
import static io.fuselet.extension.Tier.PASSTHROUGH;
import static io.fuselet.extension.Tier.PLAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.bpf.FuseTypes;
import io.fuselet.fuse.InitFlags;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LadderTest {
    private static final long STOCK_6_12 = InitFlags.PASSTHROUGH | InitFlags.MAX_PAGES;
    private static final long PATCHED = STOCK_6_12 | InitFlags.BPF;
    private static final long BEFORE_6_9 = InitFlags.MAX_PAGES;

    private static final Privileges ROOT = new Privileges(true, true);
    private static final Privileges USER = new Privileges(false, false);
    private static final Privileges NO_BPF = new Privileges(true, false);

    private static final Attempt OK = Attempt.SUCCEEDED;
    private static final Attempt NOT_MADE = Attempt.NOT_MADE;

    /** One way up the ladder and where it ends. */
    record Case(
            String name, Tier cap, Privileges privileges, long offered, Attempt load, Attempt passthrough, Attempt attach, Tier tier, String... reasons) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        Attempt refused = Attempt.failed("verifier refused stack/stack_getattr: invalid access");
        Attempt attachFailed = Attempt.failed("attach to the FUSE connection: Device or resource busy (EBUSY)");
        Attempt cannotBack = Attempt.failed("backing files are refused");
        return Stream.of(
                new Case("everything works", EXTENSION, ROOT, PATCHED, OK, OK, OK, EXTENSION),
                new Case("verifier refuses", EXTENSION, ROOT, PATCHED, refused, OK, NOT_MADE, PASSTHROUGH, refused.failure()),
                new Case("attach fails", EXTENSION, ROOT, PATCHED, OK, OK, attachFailed, PASSTHROUGH, attachFailed.failure()),
                new Case("stock kernel", EXTENSION, ROOT, STOCK_6_12, NOT_MADE, OK, NOT_MADE, PASSTHROUGH, FuseTypes.NOT_OFFERED),
                new Case(
                        "old kernel", EXTENSION, ROOT, BEFORE_6_9, NOT_MADE, NOT_MADE, NOT_MADE, PLAIN, FuseTypes.NOT_OFFERED, Ladder.NO_PASSTHROUGH),
                new Case("ordinary user", EXTENSION, USER, PATCHED, NOT_MADE, NOT_MADE, NOT_MADE, PLAIN, Ladder.UNPRIVILEGED, Ladder.UNPRIVILEGED),
                new Case("no CAP_BPF", EXTENSION, NO_BPF, PATCHED, NOT_MADE, OK, NOT_MADE, PASSTHROUGH, Ladder.NO_CAP_BPF),
                new Case("capped at passthrough", PASSTHROUGH, ROOT, PATCHED, NOT_MADE, OK, NOT_MADE, PASSTHROUGH, Ladder.CAPPED),
                new Case("capped at plain", PLAIN, ROOT, PATCHED, NOT_MADE, NOT_MADE, NOT_MADE, PLAIN, Ladder.CAPPED, Ladder.CAPPED),
                new Case("a user's cap is named first", PLAIN, USER, BEFORE_6_9, NOT_MADE, NOT_MADE, NOT_MADE, PLAIN, Ladder.CAPPED, Ladder.CAPPED),
                new Case(
                        "files cannot back",
                        EXTENSION,
                        ROOT,
                        PATCHED,
                        OK,
                        cannotBack,
                        NOT_MADE,
                        PLAIN,
                        cannotBack.failure(),
                        cannotBack.failure()),
                new Case(
                        "verifier refuses and files cannot back",
                        EXTENSION,
                        ROOT,
                        PATCHED,
                        refused,
                        cannotBack,
                        NOT_MADE,
                        PLAIN,
                        refused.failure(),
                        cannotBack.failure()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void endsWhereItShould(Case c) {
        Decision decision = new Ladder(c.cap, c.privileges, c.offered).decide(c.load, c.passthrough, c.attach);

        assertThat(decision.tier()).isEqualTo(c.tier);
        assertThat(decision.missed()).extracting(MissedStep::reason).containsExactly(c.reasons);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void namesEveryRungAbove(Case c) {
        Decision decision = new Ladder(c.cap, c.privileges, c.offered).decide(c.load, c.passthrough, c.attach);

        List<Tier> above = Stream.of(EXTENSION, PASSTHROUGH, PLAIN).filter(tier -> tier.compareTo(decision.tier()) > 0).toList();
        assertThat(decision.missed()).extracting(MissedStep::tier).containsExactlyElementsOf(above);
    }

    @Test
    void loadsOnlyWhatCouldBeAttached() {
        assertThat(new Ladder(EXTENSION, ROOT, PATCHED).triesLoad()).isTrue();
        assertThat(new Ladder(EXTENSION, ROOT, STOCK_6_12).triesLoad()).isFalse();
        assertThat(new Ladder(EXTENSION, ROOT, InitFlags.BPF).triesLoad()).isFalse();
        assertThat(new Ladder(PASSTHROUGH, ROOT, PATCHED).triesLoad()).isFalse();
        assertThat(new Ladder(EXTENSION, USER, PATCHED).triesLoad()).isFalse();
    }

    @Test
    void acceptsFuseBpfOnlyOnceLoaded() {
        Ladder ladder = new Ladder(EXTENSION, ROOT, PATCHED);

        assertThat(ladder.accepts(OK)).isEqualTo(InitFlags.PASSTHROUGH | InitFlags.BPF);
        assertThat(ladder.accepts(Attempt.failed("refused"))).isEqualTo(InitFlags.PASSTHROUGH);
        assertThat(new Ladder(PLAIN, ROOT, PATCHED).accepts(NOT_MADE)).isZero();
        assertThat(new Ladder(EXTENSION, USER, PATCHED).accepts(NOT_MADE)).isZero();
    }

    @Test
    void aStepMissedWithoutCauseIsAMistake() {
        Ladder ladder = new Ladder(EXTENSION, ROOT, PATCHED);

        assertThatThrownBy(() -> ladder.decide(OK, OK, NOT_MADE)).isInstanceOf(IllegalArgumentException.class);
    }
}
