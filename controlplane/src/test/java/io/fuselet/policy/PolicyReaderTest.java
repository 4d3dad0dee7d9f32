// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyReaderTest {
    @Test
    void readsRulesInOrder() throws Exception {
        Policy policy = PolicyReader.parse("p", """
                # comment
                rules:
                  - path: /a/*.key
                    effect: hide
                    uid: 4294967294
                  - {path: "/b\\\\xff", effect: read-only, gid: 0, audit: true}
                """);

        assertThat(policy.rules()).hasSize(2);
        Rule first = policy.rules().get(0);
        assertThat(first.toString()).isEqualTo("/a/*.key for uid 4294967294: hide");
        assertThat(first.position()).isEqualTo(new Position(3, 5));
        Rule second = policy.rules().get(1);
        assertThat(second.toString()).isEqualTo("/b\\xff for gid 0: read-only");
        assertThat(second.audit()).isTrue();
        assertThat(policy.audits()).isTrue();
    }

    @Test
    void noRulesAllowEverything() throws Exception {
        assertThat(PolicyReader.parse("p", "rules: []").rules()).isEmpty();
    }

    /** A line break is written as |, and what follows a backslash is YAML's. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            ``                                                      ; 1:1  ; the policy is empty
            # nothing                                               ; 1:1  ; the policy is empty
            - a                                                     ; 1:1  ; a policy is a mapping
            rule: []                                                ; 1:1  ; a policy has no key 'rule', only rules
            rules: []|rules: []                                     ; 2:1  ; 'rules' is given twice
            rules: {path: /a}                                       ; 1:8  ; rules are a list
            rules:| - path: /a                                      ; 2:4  ; a rule needs the key 'effect'
            rules:| - effect: deny                                  ; 2:4  ; a rule needs the key 'path'
            rules:| - /a                                            ; 2:4  ; a rule is a mapping
            rules:| - path: /a|   effect: denny                     ; 3:12 ; no effect 'denny', only allow
            rules:| - path: /a|   effekt: deny                      ; 3:4  ; a rule has no key 'effekt'
            rules:| - path: /a|   effect: [deny]                    ; 3:12 ; an effect is one value
            rules:| - path: a|   effect: deny                       ; 2:10 ; a path begins with '/'
            rules:| - path: /a/b**|   effect: deny                  ; 2:13 ; '**' stands for whole components
            rules:| - path: '/a/b**'|   effect: deny                ; 2:14 ; '**' stands for whole components
            rules:| - path: "/a/b**"|   effect: deny                ; 2:10 ; '**' stands for whole components
            rules:| - path: /|   effect: hide                       ; 3:12 ; the root of a mount cannot be hidden
            rules:| - {path: /a, effect: deny, uid: root}           ; 2:34 ; a uid is a number
            rules:| - {path: /a, effect: deny, gid: 4294967295}     ; 2:34 ; a gid is a number
            rules:| - {path: /a, effect: deny, audit: yes}          ; 2:36 ; audit is true or false
            rules:| - {path: /a, effect: deny, path: /b}            ; 2:29 ; 'path' is given twice
            rules:| - {path: /a                                     ; 2:13 ; no YAML
            rules:|\t- a                                            ; 2:1  ; no YAML
            rules: &a [*a]                                          ; 1:1  ; no YAML
            """)
    void pointsAtWhatIsWrong(String text, String position, String problem) {
        assertThatThrownBy(() -> PolicyReader.parse("policy.yaml", text.replace("|", "\n")))
                .isInstanceOf(PolicyException.class)
                .hasMessageStartingWith("policy.yaml:" + position + ": " + problem)
                .hasMessageNotContaining("\n");
    }

    @Test
    void anyNumberOfIdsIsTooMany() {
        String rules = IntStream.range(0, 64).mapToObj(uid -> "  - {path: /a, effect: deny, uid: " + uid + "}\n").collect(Collectors.joining());

        assertThatThrownBy(() -> PolicyReader.parse("p", "rules:\n" + rules)).hasMessageStartingWith("p:65:5: too many user and group ids");
    }

    @Test
    void otherThanTextIsRefused(@TempDir Path scratch) throws Exception {
        Path file = Files.write(scratch.resolve("p"), new byte[] {'r', (byte) 0xff});

        assertThatThrownBy(() -> PolicyReader.read(file)).hasMessageContaining("is not UTF-8");
    }
}
