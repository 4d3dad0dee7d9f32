// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.bpf.Feature.Answer;
import io.fuselet.bpf.Feature.Outcome;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FeatureTest {
    @Test
    void asksOnceForAConclusiveAnswer() {
        AtomicInteger asked = new AtomicInteger();
        Feature feature = new Feature("a", () -> Outcome.no("because " + asked.incrementAndGet()));

        assertThat(feature.outcome()).isEqualTo(feature.outcome()).isEqualTo(Outcome.no("because 1"));
    }

    @Test
    void asksAgainWhenItCouldNotTell() {
        AtomicInteger asked = new AtomicInteger();
        Feature feature = new Feature("b", () -> asked.incrementAndGet() == 1 ? Outcome.unknown("no privilege") : Outcome.yes(""));

        assertThat(feature.outcome().answer()).isEqualTo(Answer.UNKNOWN);
        assertThat(feature.outcome().answer()).isEqualTo(Answer.YES);
    }

    @Test
    void anExceptionMeansCouldNotTell() {
        Feature feature = new Feature("c", () -> {
            throw new BpfException("kernel has no BTF");
        });

        assertThat(feature.outcome()).isEqualTo(Outcome.unknown("kernel has no BTF"));
    }
}
