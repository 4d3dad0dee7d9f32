// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TreePathTest {
    @ParameterizedTest
    @CsvSource({"/,/", "'',/", "a,/a", "/a//b/./c/,/a/b/c", "/.a,/.a", "/é,/é", "/a\\b,/a\\\\b", "'/a\tb',/a\\x09b"})
    void isWrittenInOneWay(String given, String written) {
        assertThat(TreePath.parse(given)).hasToString(written);
    }

    @Test
    void bytesThatAreNoTextAreShown() {
        assertThat(TreePath.ROOT.child(new byte[] {'a', (byte) 0xe9})).hasToString("/a\\xe9");
    }

    @Test
    void isNotResolved() {
        assertThatThrownBy(() -> TreePath.parse("/a/../b")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void equalsByName() {
        assertThat(TreePath.parse("/a/b")).isEqualTo(TreePath.parse("/a/b/c").parent()).hasSameHashCodeAs(TreePath.parse("a/b"));
        assertThat(TreePath.parse("/a/b")).isNotEqualTo(TreePath.parse("/a"));
        assertThat(TreePath.parse("/a/b").toByteArray()).isEqualTo(new byte[] {'/', 'a', '/', 'b'});
    }
}
