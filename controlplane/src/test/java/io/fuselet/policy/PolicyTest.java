// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import static io.fuselet.policy.NodeFlags.AUDIT;
import static io.fuselet.policy.NodeFlags.DENY_READ;
import static io.fuselet.policy.NodeFlags.DENY_WRITE;
import static io.fuselet.policy.NodeFlags.GUARDS_NAMES;
import static io.fuselet.policy.NodeFlags.HIDE;
import static io.fuselet.policy.NodeFlags.HIDES_NAMES;
import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTest {
    private static final String POLICY = """
            rules:
              - {path: /secrets/public, effect: allow}
              - {path: /secrets, effect: deny}
              - {path: /etc/**, effect: read-only, audit: true}
              - {path: '/**/.git', uid: 1000, effect: hide}
              - {path: '/**/.git', gid: 100, effect: read-only}
              - {path: /log, effect: audit}
            """;
    private static final int DENY = DENY_READ | DENY_WRITE;
    private static final int HIDDEN = DENY | HIDE;

    private final Policy policy = policy(POLICY);

    static Policy policy(String text) {
        try {
            return PolicyReader.parse("policy.yaml", text);
        } catch (PolicyException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /secrets/public    | 1 |
            /secrets/public/a  | 1 |
            /secrets           | 2 |
            /secrets/a/b       | 2 |
            /etc               |   |
            /etc/passwd        | 3 |
            /etc/.git          | 3 |
            /src/.git/config   | 4 | 1000:100
            /src/.git/config   | 5 | 1001:100
            /src/.git/config   |   | 1001:101
            /log               | 6 |
            /logs              |   |
            """)
    void theFirstRuleThatCoversAPathDecides(String path, Integer rule, String identity) {
        String[] ids = identity == null ? new String[] {"0", "0"} : identity.split(":");

        assertThat(policy.deciding(TreePath.parse(path), Integer.parseInt(ids[0]), Integer.parseInt(ids[1])).map(policy.rules()::indexOf).orElse(null))
                .isEqualTo(rule == null ? null : Integer.valueOf(rule - 1));
    }

    @Test
    void flagsSayWhatADirectoryHasToWatch() {
        assertThat(flags("/", 0, 0)).isEqualTo(GUARDS_NAMES);
        assertThat(flags("/", 1000, 0)).isEqualTo(GUARDS_NAMES | HIDES_NAMES);
        assertThat(flags("/src", 0, 0)).isZero();
        assertThat(flags("/src", 0, 100)).isEqualTo(GUARDS_NAMES);
        assertThat(flags("/src/.git", 1000, 0)).isEqualTo(HIDDEN);
        assertThat(flags("/secrets", 0, 0)).isEqualTo(DENY);
        assertThat(flags("/secrets/public", 1000, 0)).isZero();
        assertThat(flags("/etc", 1000, 0)).isEqualTo(GUARDS_NAMES | HIDES_NAMES);
        assertThat(flags("/etc/ssl", 1000, 0)).as("an earlier rule covers what a later one would hide").isEqualTo(DENY_WRITE | AUDIT | GUARDS_NAMES);
        assertThat(flags("/log/a", 0, 0)).isEqualTo(AUDIT | GUARDS_NAMES);
    }

    private int flags(String path, int uid, int gid) {
        return policy.flags(TreePath.parse(path))[policy.identities().classOf(uid, gid)];
    }

    @Test
    void flagsAgreeWithTheDecidingRule() {
        int[] ids = {0, 100, 1000};
        for (String path : new String[] {"/", "/secrets", "/secrets/public", "/etc", "/etc/a", "/a/.git", "/a/b/.git/c", "/log", "/x"}) {
            for (int uid : ids) {
                for (int gid : ids) {
                    int expected = policy.deciding(TreePath.parse(path), uid, gid).map(Rule::flags).orElse(0);
                    assertThat(flags(path, uid, gid) & ~(HIDES_NAMES | GUARDS_NAMES)).as(path + " " + uid + ":" + gid).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /a              | /b             | true
            /etc            | /b             | false
            /a              | /etc/b         | false
            /log            | /b             | false
            /secrets/public | /secrets/other | true
            /secrets        | /b             | true
            """)
    void aDirectoryTakesRulesForItsContentAlong(String from, String to, boolean kept) {
        assertThat(policy.keepsBelow(TreePath.parse(from), TreePath.parse(to), 1000, 100)).isEqualTo(kept);
    }

    @Test
    void rulesWithoutIdsMakeOneClass() {
        Policy plain = policy("rules: [{path: /a, effect: deny}]");

        assertThat(plain.identities().size()).isEqualTo(1);
        assertThat(plain.keepsBelow(TreePath.parse("/b"), TreePath.parse("/c"), 0, 0)).isTrue();
        assertThat(policy("rules: [{path: /a/b, effect: deny}]").keepsBelow(TreePath.parse("/a"), TreePath.parse("/c"), 0, 0)).isFalse();
    }

    @Test
    void theErrorTellsNoMoreThanItMust() {
        assertThat(NodeFlags.refusal(0, DENY)).isZero();
        assertThat(NodeFlags.refusal(DENY_WRITE, DENY_READ)).isZero();
        assertThat(NodeFlags.refusal(DENY_WRITE, DENY_WRITE)).isEqualTo(Errno.EROFS);
        assertThat(NodeFlags.refusal(DENY, DENY_WRITE)).isEqualTo(Errno.EACCES);
        assertThat(NodeFlags.refusal(HIDDEN, 0)).isEqualTo(Errno.ENOENT);
    }

    @Test
    void everyIdentityIsInOneClass() {
        Identities identities = policy.identities();

        assertThat(identities.size()).isEqualTo(4);
        assertThat(identities.classOf(0, 0)).isZero();
        assertThat(identities.classOf(5, 100)).isEqualTo(1);
        assertThat(identities.classOf(1000, 5)).isEqualTo(2);
        assertThat(identities.classOf(1000, 100)).isEqualTo(3);
    }
}
