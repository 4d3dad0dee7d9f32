// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Identity classes: callers whom all rules treat alike. A class is the pair of which of the user ids named in rules the caller has, or
 * none of them, and the same of group ids. Immutable.
 *
 * <p>Class = index of the user id * (group ids + 1) + index of the group id, where the ids named in rules count from 1 and all others
 * have 0.
 */
public final class Identities {
    /** FUSELET_POLICY_CLASSES of {@code bpf/include/fuselet/policy.h}. */
    public static final int MOST = 64;

    private final List<Integer> uids;
    private final List<Integer> gids;

    private Identities(List<Integer> uids, List<Integer> gids) {
        this.uids = uids;
        this.gids = gids;
    }

    static Identities of(Collection<Rule> rules) {
        return new Identities(
                rules.stream().map(Rule::uid).filter(Objects::nonNull).distinct().toList(),
                rules.stream().map(Rule::gid).filter(Objects::nonNull).distinct().toList());
    }

    /** How many classes there are. */
    public int size() {
        return (uids.size() + 1) * (gids.size() + 1);
    }

    public int classOf(int uid, int gid) {
        return (uids.indexOf(uid) + 1) * (gids.size() + 1) + gids.indexOf(gid) + 1;
    }

    /** The user ids that rules name; that at index i makes {@code (i + 1) * (gids().size() + 1)} of the class. */
    public List<Integer> uids() {
        return uids;
    }

    /** The group ids that rules name; that at index i makes i + 1 of the class. */
    public List<Integer> gids() {
        return gids;
    }

    boolean matches(Rule rule, int identity) {
        int uid = identity / (gids.size() + 1);
        int gid = identity % (gids.size() + 1);
        return (rule.uid() == null || uid > 0 && uids.get(uid - 1).equals(rule.uid()))
                && (rule.gid() == null || gid > 0 && gids.get(gid - 1).equals(rule.gid()));
    }
}
