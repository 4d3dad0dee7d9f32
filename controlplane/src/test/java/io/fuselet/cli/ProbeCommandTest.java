// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.bpf.Feature;
import io.fuselet.bpf.Feature.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProbeCommandTest {
    private static final List<Feature> FEATURES = List.of(
            new Feature("here", () -> Outcome.yes("seen")),
            new Feature("not here", () -> Outcome.no("kernel has none")),
            new Feature("hidden", () -> Outcome.unknown("needs CAP_BPF")));

    @Test
    void printsOneLineAFeature() {
        assertThat(FEATURES).map(ProbeCommand::toText).containsExactly(
                "here                   yes      seen",
                "not here               no       kernel has none",
                "hidden                 unknown  needs CAP_BPF");
    }

    @Test
    void printsTheSameAsJson() throws Exception {
        JsonNode features = new ObjectMapper().readTree(ProbeCommand.toJson(FEATURES)).get("features");

        assertThat(features.fieldNames()).toIterable().containsExactly("here", "not here", "hidden");
        assertThat(features.at("/hidden/answer").asText()).isEqualTo("unknown");
        assertThat(features.at("/not here/detail").asText()).isEqualTo("kernel has none");
    }
}
