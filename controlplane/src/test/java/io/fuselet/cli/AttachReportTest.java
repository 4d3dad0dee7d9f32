// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.extension.CacheKind;
import io.fuselet.extension.CacheOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How old an answer may be is said in one line. */
class AttachReportTest {
    private static final Set<CacheKind> ALL = EnumSet.allOf(CacheKind.class);

    @Test
    void withoutTtlItNamesWhatIsNotServed() {
        String text = report(ALL, Duration.ZERO, true).toText();

        assertThat(text).hasLineCount(2).contains("not served without --ttl: readlink, statfs, getxattr, listxattr, access (replies without a timeout)");
        assertThat(text).contains("lookup, getattr only for as long as the daemon's timeouts, which cannot be known beforehand");
    }

    @Test
    void withTtlItTellsTheStaleness() {
        String text = report(ALL, Duration.ofSeconds(60), true).toText();

        assertThat(text).hasLineCount(2).contains("may stay unseen for 60 s, and so may access times").doesNotContain("not served");
        assertThat(report(ALL, Duration.ofMillis(1500), false).toText()).contains("for 1.5 s").doesNotContain("access times");
    }

    @Test
    void onlyKindsThatWereAskedForAreNamed() {
        assertThat(report(EnumSet.of(CacheKind.STATFS), Duration.ZERO, true).toText()).contains("--ttl: statfs (").doesNotContain("lookup", "; ");
        assertThat(report(EnumSet.of(CacheKind.LOOKUP), Duration.ZERO, true).toText()).doesNotContain("not served without");
    }

    @Test
    void theSameAsJson() throws Exception {
        JsonNode json = new ObjectMapper().readTree(report(EnumSet.of(CacheKind.LOOKUP, CacheKind.ACCESS), Duration.ZERO, false).toJson());

        assertThat(json.get("mountpoint").asText()).isEqualTo("/mnt");
        assertThat(json.get("ttl").isNull()).isTrue();
        assertThat(json.get("not_served")).extracting(JsonNode::asText).containsExactly("access");
        assertThat(json.get("lazy_atime").asBoolean()).isFalse();
        assertThat(json.get("max_entries").get("answers").asInt()).isPositive();
    }

    private static AttachReport report(Set<CacheKind> kinds, Duration ttl, boolean lazyAtime) {
        return new AttachReport(Path.of("/mnt"), 31, new CacheOptions(kinds, ttl, CacheOptions.DEFAULT_MEMORY, lazyAtime));
    }
}
