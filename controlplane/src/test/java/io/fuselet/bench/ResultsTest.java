// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of the figures of a run. */
class ResultsTest {
    private static final String JSON = """
            [
            {"kernel":"patched","lower":"tmpfs","system":"native","case":"stat","unit":"instructions","value":1000,"upcalls":{}},
            {"kernel":"patched","lower":"tmpfs","system":"stack","case":"stat","unit":"instructions","value":1400,"upcalls":{}},
            {"kernel":"patched","lower":"tmpfs","system":"libfuse","case":"stat","unit":"instructions","value":50000,"upcalls":{"LOOKUP":2,"GETATTR":0.5}},
            {"kernel":"patched","lower":"tmpfs","system":"stack","case":"open-close","unit":"instructions","value":5,"upcalls":{}}
            ]
            """;

    @TempDir
    private Path directory;

    private Results results;

    @BeforeEach
    void read() throws Exception {
        results = Results.read(Files.writeString(directory.resolve("results.json"), JSON));
    }

    @Test
    void ratiosAreToNativeOfTheSameLower() {
        assertThat(results.ratio("tmpfs", "stack", "stat")).hasValue(1.4);
        assertThat(results.ratio("tmpfs", "stack", "open-close")).isEmpty();
        assertThat(results.ratio("ext4", "stack", "stat")).isEmpty();
    }

    @Test
    void theTableSaysWhichTargetsAreHeld() {
        assertThat(new MarkdownTable(results, "tmpfs").text()).isEqualTo("""
                | call | native | stack | libfuse | target |
                |---|--:|--:|--:|--:|
                | stat | 1,000 | 1,400 (1.40) | 50,000 (50.00) | 1.45 held |
                | open-close |  | 5 |  |  |""");
    }

    @Test
    void tablesAreReplacedWhereTheyStand() {
        String page = "before\n<!-- bench tmpfs -->\nold\n<!-- /bench -->\nafter\n";
        assertThat(ReadmeTables.replace(page, "tmpfs", "new"))
                .isEqualTo("before\n<!-- bench tmpfs -->\n\nnew\n\n<!-- /bench -->\nafter\n");
        assertThat(ReadmeTables.replace(page, "ext4", "new")).isEqualTo(page);
    }

    @Test
    void requestsAreSummed() {
        assertThat(results.find("tmpfs", "libfuse", "stat").orElseThrow().requests()).isEqualTo(2.5);
    }
}
