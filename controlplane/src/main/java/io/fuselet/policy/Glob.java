// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern of paths from the root of a mount, compared byte by byte: no case, no Unicode forms. {@code *} and {@code ?} stay within a
 * component; {@code **} stands for any number of components, and at the end for at least one. Immutable.
 *
 * <p>It is run as an automaton whose states are its components, a set of which fits into a long: bit i says that component i is the next
 * to be matched, the bit behind the last that all are.
 */
public final class Glob {
    private final String text;
    /** Null stands for {@code **}. */
    private final List<GlobName> components;
    private final long start;
    private final long matched;

    private Glob(String text, List<GlobName> components) {
        this.text = text;
        this.components = new ArrayList<>(components);
        start = enter(0);
        matched = 1L << components.size();
    }

    /** @throws GlobException if it is none */
    static Glob of(String text) throws GlobException {
        return new Glob(text, new GlobParser(text).parse());
    }

    /** How a glob relates to a path. */
    enum Match {
        /** It matches nothing at, below or in it. */
        NONE,
        /** It may match something below it, but nothing directly in it. */
        BELOW,
        /** It may match a name directly in it. */
        WITHIN,
        /** It matches the path or one of its directories: all of that is covered. */
        COVERED
    }

    Match match(TreePath path) {
        long states = states(path);
        if (states == matched) {
            return Match.COVERED;
        }
        if (states == 0) {
            return Match.NONE;
        }
        return (states & matched >>> 1) != 0 ? Match.WITHIN : Match.BELOW;
    }

    /** Where the automaton is after a path: equal states match equal things below. */
    long states(TreePath path) {
        long states = start;
        for (byte[] name : path.names()) {
            if ((states & matched) != 0) {
                return matched;
            }
            states = step(states, name);
        }
        return (states & matched) != 0 ? matched : states;
    }

    private long step(long states, byte[] name) {
        long next = 0;
        for (long rest = states; rest != 0; rest &= rest - 1) {
            int at = Long.numberOfTrailingZeros(rest);
            GlobName component = components.get(at);
            if (component == null) {
                next |= isLast(at) ? matched : enter(at);
            } else if (component.matches(name)) {
                next |= enter(at + 1);
            }
        }
        return next;
    }

    /** The states that are reached with a component, those behind it too where it may stand for nothing. */
    private long enter(int at) {
        long states = 1L << at;
        while (at < components.size() && components.get(at) == null && !isLast(at)) {
            states |= 1L << ++at;
        }
        return states;
    }

    private boolean isLast(int at) {
        return at == components.size() - 1;
    }

    boolean isRoot() {
        return components.isEmpty();
    }

    @Override
    public String toString() {
        return text;
    }
}
