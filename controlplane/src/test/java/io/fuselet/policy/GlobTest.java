// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.policy.Glob.Match;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /            | /               | COVERED
            /            | /a/b            | COVERED
            /a           | /               | WITHIN
            /a           | /a              | COVERED
            /a           | /a/b            | COVERED
            /a           | /ab             | NONE
            /a/**        | /a              | WITHIN
            /a/**        | /a/b            | COVERED
            /a/b/c       | /a              | BELOW
            /**          | /               | WITHIN
            /**          | /x              | COVERED
            /**/a        | /               | WITHIN
            /**/a        | /x/y            | WITHIN
            /**/a        | /x/a/y          | COVERED
            /a/**/b      | /a/b            | COVERED
            /a/**/b      | /a/x/y/b        | COVERED
            /a/**/b      | /b              | NONE
            /*/b         | /x              | WITHIN
            /*.key       | /x.key          | COVERED
            /*.key       | /.key           | COVERED
            /*.key       | /x.key.txt      | NONE
            /a*b*c       | /abbbc          | COVERED
            /a*b*c       | /acb            | NONE
            /a?          | /ab             | COVERED
            /a?          | /aé             | NONE
            /a??         | /aé             | COVERED
            /Secret      | /secret         | NONE
            /\\*         | /*              | COVERED
            /\\*         | /x              | NONE
            /\\x61       | /a              | COVERED
            """)
    void matches(String glob, String path, Match expected) throws Exception {
        assertThat(Glob.of(glob).match(TreePath.parse(path))).isEqualTo(expected);
    }

    @Test
    void lookAlikesAreOtherNames() throws Exception {
        Glob composed = Glob.of("/\u00e9");

        assertThat(composed.match(TreePath.parse("/\u00e9"))).isEqualTo(Match.COVERED);
        assertThat(composed.match(TreePath.parse("/e\u0301"))).isEqualTo(Match.NONE);
        assertThat(composed.match(TreePath.parse("/\u00c9"))).isEqualTo(Match.NONE);
    }

    @Test
    void namesAreBytes() throws Exception {
        TreePath path = TreePath.ROOT.child(new byte[] {'a', (byte) 0xff});

        assertThat(Glob.of("/a\\xff").match(path)).isEqualTo(Match.COVERED);
        assertThat(Glob.of("/aÿ").match(path)).isEqualTo(Match.NONE);
        assertThat(Glob.of(path.toString()).match(path)).as("a path as it is printed").isEqualTo(Match.COVERED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a           | 0 | begins with '/'
            ''          | 0 | begins with '/'
            /a/         | 2 | does not end with '/'
            /a//b       | 3 | empty component
            //          | 1 | empty component
            /a/../b     | 3 | paths are resolved
            /a**        | 1 | whole components
            /***        | 1 | whole components
            /a/b[cd]    | 4 | not supported
            /{a,b}      | 1 | not supported
            /a\\        | 2 | nothing follows
            /a\\q       | 2 | ordinary
            /\\x2f      | 1 | hexadecimal
            /\\x0       | 1 | hexadecimal
            /\\x00      | 1 | hexadecimal
            /\\x+1      | 1 | hexadecimal
            """)
    void pointsAtWhatIsWrong(String glob, int at, String problem) {
        assertThatThrownBy(() -> Glob.of(glob))
                .isInstanceOf(GlobException.class)
                .hasMessageContaining(problem)
                .satisfies(e -> assertThat(((GlobException) e).at()).isEqualTo(at));
    }

    @Test
    void anyNumberOfComponentsIsTooMany() {
        assertThatThrownBy(() -> Glob.of("/a".repeat(64))).isInstanceOf(GlobException.class).hasMessageContaining("at most 63");
    }

    /** Against a matcher that tries everything, on names and globs of few letters, where coincidences are frequent. */
    @Test
    void agreesWithTheNaiveMatcher() throws Exception {
        Random random = new Random(20260101);
        int covered = 0;
        for (int i = 0; i < 200_000; i++) {
            List<String> glob = random(random, List.of("**", "*", "a", "b", "?", "a*", "*a", "*a*b", "?b", "ab"), 5);
            List<String> path = random(random, List.of("a", "b", "ab", "ba", "aab", "aabb"), 6);
            Match match = Glob.of("/" + String.join("/", glob)).match(TreePath.parse(String.join("/", path)));

            Match expected = naive(glob, path);
            assertThat(match).as(glob + " on " + path).isEqualTo(expected);
            covered += match == Match.COVERED ? 1 : 0;
        }
        assertThat(covered).isBetween(20_000, 180_000);
    }

    private static List<String> random(Random random, List<String> alphabet, int most) {
        List<String> chosen = new ArrayList<>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            chosen.add(alphabet.get(random.nextInt(alphabet.size())));
        }
        return chosen;
    }

    private static Match naive(List<String> glob, List<String> path) {
        for (int i = 0; i <= path.size(); i++) {
            if (naiveMatch(glob, path.subList(0, i))) {
                return Match.COVERED;
            }
        }
        if (naivePrefix(glob, path, 1)) {
            return Match.WITHIN;
        }
        return naivePrefix(glob, path, 2) ? Match.BELOW : Match.NONE;
    }

    private static boolean naiveMatch(List<String> glob, List<String> path) {
        if (glob.isEmpty()) {
            return path.isEmpty();
        }
        List<String> rest = glob.subList(1, glob.size());
        if (glob.get(0).equals("**")) {
            boolean now = !rest.isEmpty() && naiveMatch(rest, path);
            return now || !path.isEmpty() && (rest.isEmpty() || naiveMatch(glob, path.subList(1, path.size())));
        }
        return !path.isEmpty() && naiveName(glob.get(0), path.get(0)) && naiveMatch(rest, path.subList(1, path.size()));
    }

    /** Whether names that fit could follow the path: exactly one, or any number for {@code more} above one. */
    private static boolean naivePrefix(List<String> glob, List<String> path, int more) {
        if (glob.isEmpty()) {
            return false;
        }
        List<String> rest = glob.subList(1, glob.size());
        boolean any = glob.get(0).equals("**");
        if (path.isEmpty()) {
            return more > 1 || rest.isEmpty() || any && naivePrefix(rest, path, more);
        }
        if (any) {
            return rest.isEmpty() || naivePrefix(rest, path, more) || naivePrefix(glob, path.subList(1, path.size()), more);
        }
        return naiveName(glob.get(0), path.get(0)) && naivePrefix(rest, path.subList(1, path.size()), more);
    }

    private static boolean naiveName(String glob, String name) {
        if (glob.isEmpty()) {
            return name.isEmpty();
        }
        if (glob.charAt(0) == '*') {
            return naiveName(glob.substring(1), name) || !name.isEmpty() && naiveName(glob, name.substring(1));
        }
        return !name.isEmpty() && (glob.charAt(0) == '?' || glob.charAt(0) == name.charAt(0)) && naiveName(glob.substring(1), name.substring(1));
    }

    @Test
    void aNameOfManyStarsIsMatchedInTime() throws Exception {
        Glob glob = Glob.of("/" + "*a".repeat(60) + "b");

        assertThat(glob.match(TreePath.ROOT.child("a".repeat(255).getBytes(StandardCharsets.US_ASCII)))).isEqualTo(Match.NONE);
    }
}
