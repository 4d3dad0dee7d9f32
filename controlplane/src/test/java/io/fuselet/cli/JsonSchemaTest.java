// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.fuselet.bpf.ProgramInfo;
import io.fuselet.broker.AttachmentStatus;
import io.fuselet.broker.EventHub;
import io.fuselet.broker.Json;
import io.fuselet.broker.Machine;
import io.fuselet.extension.CacheCounts;
import io.fuselet.extension.Counts;
import io.fuselet.extension.Decision;
import io.fuselet.extension.KernelCounters;
import io.fuselet.extension.Latencies;
import io.fuselet.extension.MissedStep;
import io.fuselet.extension.Tier;
import io.fuselet.policy.AuditEvent;
import io.fuselet.policy.TreePath;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is printed with {@code --json} is what {@code docs/schema} says. */
class JsonSchemaTest {
    private static final Path SCHEMAS = Path.of("..", "docs", "schema");
    private static final Counts COUNTS = new Counts(3, 40, 0, 0, 1, 0, 0);

    private static void assertValid(String schema, Object output) throws IOException {
        String text = output instanceof String line ? line : Json.line(output);
        assertThat(schema(schema).validate(text, InputFormat.JSON)).as(text).isEmpty();
    }

    private static JsonSchema schema(String name) throws IOException {
        String text = Files.readString(SCHEMAS.resolve(name + ".json"));
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(text);
    }

    @Test
    void probe() throws Exception {
        assertValid("probe", Machine.describe(Machine.features()));
    }

    @Test
    void anAttachment() throws Exception {
        CacheCounts map = new CacheCounts(7, 1, 100, 5, 6, 7, 8, 9);
        assertValid("attachment", new AttachmentStatus(31, -2, "cache", Map.of("answers", map), Map.of("LOOKUP", COUNTS),
                Optional.of(new Latencies(Map.of("LOOKUP", new long[64])))).toMap());
        assertValid("attachment", new AttachmentStatus(31, 0, "stack", Map.of(), Map.of(), Optional.empty()).toMap());
    }

    @Test
    void aMount() throws Exception {
        Decision decision = new Decision(Tier.PASSTHROUGH, List.of(new MissedStep(Tier.EXTENSION, "switched off")));
        Status mounted = new Status(Path.of("/usr"), Path.of("/mnt"), 31, 4711, decision, List.of(new ProgramInfo(33, 1, "00", 100, "entry", 10)),
                Optional.of(new Status.Policed(3, 1)), Map.of("LOOKUP", 12L), Optional.of(new KernelCounters(Map.of("LOOKUP", COUNTS))),
                Optional.of(new Latencies(Map.of("LOOKUP", new long[64]))));
        assertValid("mount", mounted.toMap());
        assertValid("mounted", MountReport.toMap(mounted, Path.of("/tmp/verifier.log")));

        Status plain = new Status(Path.of("/usr"), Path.of("/mnt"), 31, 4711, new Decision(Tier.PLAIN, List.of()), List.of(), Optional.empty(),
                Map.of(), Optional.empty(), Optional.empty());
        assertValid("mount", plain.toMap());
        assertValid("mounted", MountReport.toMap(plain, null));
    }

    @Test
    void aReplacement() throws Exception {
        assertValid("replace", ReplaceCommand.done(Path.of("/mnt"), 31, Path.of("/opt/stack.bpf.o")));
    }

    /** A schema that nothing is held against would promise what nobody checks. */
    @Test
    void everySchemaIsOneOfThese() throws Exception {
        try (Stream<Path> schemas = Files.list(SCHEMAS)) {
            assertThat(schemas.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder(
                    "attachment.json", "event.json", "mount.json", "mounted.json", "probe.json", "replace.json", "top.json");
        }
    }

    @Test
    void top() throws Exception {
        TopSample before = new TopSample(0, Map.of("/gone", new KernelCounters(Map.of("READ", COUNTS))), Map.of());
        TopSample now = new TopSample(2_000_000_000L, Map.of("/mnt", new KernelCounters(Map.of("LOOKUP", COUNTS))),
                Map.of("/mnt", Map.of("LOOKUP", Map.of("count", 3L, "p50_ns", 16_383L, "p90_ns", 32_767L, "p99_ns", 65_535L))));
        TopTable table = now.since(before);
        assertValid("top", table.toMap());
        assertThat(table.toText()).contains("/mnt", "LOOKUP", "20.0", "1.5", "93.0%", " 16 ", " 32 ", " 65").doesNotContain("/gone");
        assertThat(new TopSample(3_000_000_000L, Map.of("/mnt", new KernelCounters(Map.of("LOOKUP", Counts.NONE))), Map.of()).since(now).rows())
                .as("counters that began anew").allSatisfy(row -> assertThat(row.kernel()).isZero());
    }

    @Test
    void anAuditEvent() throws Exception {
        StringWriter out = new StringWriter();
        try (AuditWriter writer = new AuditWriter(out, new EventHub())) {
            writer.accept(new AuditEvent(Instant.EPOCH, -1, 7, "OPEN", TreePath.ROOT, null, -13));
        }
        assertValid("event", out.toString().strip());
        assertValid("event", "{\"lost\":3}");
    }

    @Test
    void whatIsNotInTheSchemaIsFound() throws Exception {
        assertThat(schema("top").validate("{\"seconds\":1,\"mounts\":{},\"more\":1}", InputFormat.JSON)).isNotEmpty();
        assertThat(schema("replace").validate("{\"mountpoint\":\"/mnt\",\"connection\":-1,\"object\":\"\"}", InputFormat.JSON)).isNotEmpty();
        assertThat(schema("mounted").validate("{\"tier\":\"fast\"}", InputFormat.JSON)).isNotEmpty();
        assertThat(schema("event").validate("{\"lost\":3,\"time\":0}", InputFormat.JSON)).isNotEmpty();
    }
}
