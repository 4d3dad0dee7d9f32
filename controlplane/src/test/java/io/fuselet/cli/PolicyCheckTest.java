// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PolicyCheckTest {
    @TempDir
    Path scratch;

    private Path file;

    @BeforeEach
    void writePolicy() throws Exception {
        file = Files.writeString(scratch.resolve("policy.yaml"), """
                rules:
                  - path: /secrets/public
                    effect: allow
                  - path: /secrets
                    effect: hide
                  - {path: /etc, uid: 1000, effect: read-only, audit: true}
                """);
    }

    @Test
    void explainsWhichRuleDecides() {
        Result result = run("policy", "check", file, "/secrets/a", "/secrets/public/b", "/etc/x", "/");

        assertThat(result.code).isEqualTo(ExitCode.OK);
        assertThat(result.out.lines()).containsExactly(
                "/secrets/a: hide (rule 2 at " + file + ":4:5, /secrets: hide)",
                "/secrets/public/b: allow (rule 1 at " + file + ":2:5, /secrets/public: allow); cannot be reached, /secrets is hidden",
                "/etc/x: allow (no rule covers it)",
                "/: allow (no rule covers it)");
        assertThat(run("policy", "check", file, "--uid", "1000", "/etc/x").out)
                .isEqualToIgnoringNewLines("/etc/x: read-only, audited (rule 3 at " + file + ":6:5, /etc for uid 1000: read-only)");
    }

    @Test
    void explainsInJson() throws Exception {
        JsonNode json = new ObjectMapper().readTree(run("policy", "check", "--json", "--uid", "1000", file, "/etc", "/x").out);

        assertThat(json.get("rules").asInt()).isEqualTo(3);
        assertThat(json.get("paths").get(0)).hasToString(
                "{\"path\":\"/etc\",\"effect\":\"read-only\",\"audit\":true,\"rule\":3,\"line\":6,\"column\":5,\"hidden_by\":null}");
        assertThat(json.get("paths").get(1).get("rule").isNull()).isTrue();
    }

    @Test
    void aPolicyWithoutMistakesIsEnough() {
        assertThat(run("policy", "check", file)).isEqualTo(new Result(ExitCode.OK, file + ": 3 rules, no mistake" + System.lineSeparator(), ""));
    }

    @Test
    void aMistakeIsPointedAt() throws Exception {
        Files.writeString(file, "rules:\n  - path: /a\n    effect: denny\n");

        Result text = run("policy", "check", file);
        assertThat(text.code).isEqualTo(ExitCode.USAGE);
        assertThat(text.err).hasLineCount(1).startsWith("fuselet: " + file + ":3:13: no effect 'denny'");
        Result json = run("policy", "check", "--json", file);
        assertThat(json.code).isEqualTo(ExitCode.USAGE);
        assertThat(new ObjectMapper().readTree(json.out).at("/error/line").asInt()).isEqualTo(3);
        assertThat(new ObjectMapper().readTree(json.out).at("/error/column").asInt()).isEqualTo(13);
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThat(run("policy", "check", scratch.resolve("none")).err).contains("does not exist");
        assertThat(run("policy", "check", scratch).err).contains("cannot be read");
        assertThat(run("policy", "check", file, "/a/../b").err).contains("has no meaning here");
        assertThat(run("policy", "check", file, "--uid", "-1").err).contains("--uid is -1");
        assertThat(run("policy").err).contains("no command given; see 'fuselet policy --help'");
    }

    private record Result(int code, String out, String err) {}

    private static Result run(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true));
        String[] line = java.util.Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        return new Result(Main.execute(commandLine, line), out.toString(), err.toString());
    }
}
