// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import io.fuselet.policy.Glob.Match;
import java.util.List;
import java.util.Optional;

/** Ordered rules, of which the first that covers a path decides; what none covers is allowed. Immutable. */
public final class Policy {
    private final List<Rule> rules;
    private final Identities identities;

    Policy(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        identities = Identities.of(rules);
    }

    public List<Rule> rules() {
        return rules;
    }

    public Identities identities() {
        return identities;
    }

    /** The rule that decides about a path, empty if none covers it. */
    public Optional<Rule> deciding(TreePath path, int uid, int gid) {
        int identity = identities.classOf(uid, gid);
        return rules.stream().filter(rule -> identities.matches(rule, identity) && rule.path().match(path) == Match.COVERED).findFirst();
    }

    /** {@link NodeFlags} of what has this path, for each identity class. */
    public byte[] flags(TreePath path) {
        byte[] flags = new byte[identities.size()];
        boolean[] decided = new boolean[flags.length];
        for (Rule rule : rules) {
            Match match = rule.path().match(path);
            if (match == Match.COVERED || match == Match.WITHIN) {
                apply(rule, match, flags, decided);
            }
        }
        for (int i = 0; i < flags.length; i++) {
            if ((flags[i] & NodeFlags.AUDIT) != 0) {
                flags[i] |= NodeFlags.GUARDS_NAMES;
            }
        }
        return flags;
    }

    private void apply(Rule rule, Match match, byte[] flags, boolean[] decided) {
        for (int i = 0; i < flags.length; i++) {
            if (decided[i] || !identities.matches(rule, i)) {
                continue;
            }
            if (match == Match.COVERED) {
                flags[i] |= (byte) rule.flags();
                decided[i] = true;
            } else {
                flags[i] |= (byte) ofDirectory(rule);
            }
        }
    }

    private static int ofDirectory(Rule rule) {
        int names = rule.flags() == 0 ? 0 : NodeFlags.GUARDS_NAMES;
        return rule.effect() == Effect.HIDE ? names | NodeFlags.HIDES_NAMES : names;
    }

    /**
     * Whether everything below a directory is treated by a caller at least as strictly once the directory has moved: otherwise a rule for
     * something in it could be shed by renaming the directory.
     */
    public boolean keepsBelow(TreePath from, TreePath to, int uid, int gid) {
        return keepsBelow(from, to, identities.classOf(uid, gid));
    }

    /** Rules behind the one that covers the old place have nothing to say there. */
    private boolean keepsBelow(TreePath from, TreePath to, int identity) {
        boolean differs = false;
        boolean protects = false;
        for (Rule rule : rules) {
            if (!identities.matches(rule, identity)) {
                continue;
            }
            differs |= rule.path().states(from) != rule.path().states(to);
            Match match = rule.path().match(from);
            if (match == Match.COVERED) {
                break;
            }
            protects |= match != Match.NONE && rule.flags() != 0;
        }
        return !(differs && protects);
    }

    /** Whether an operation may have to be told of. */
    public boolean audits() {
        return rules.stream().anyMatch(rule -> (rule.flags() & NodeFlags.AUDIT) != 0);
    }
}
