// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

/**
 * One rule of a policy. It covers what its glob matches and everything below that.
 *
 * @param uid file system user id that it is for, null for all
 * @param gid file system group id that it is for, null for all
 * @param audit whether operations on what it covers are told of
 * @param position where it is written
 */
public record Rule(Glob path, Integer uid, Integer gid, Effect effect, boolean audit, Position position) {
    int flags() {
        return effect.flags() | (audit ? NodeFlags.AUDIT : 0);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(path.toString());
        if (uid != null) {
            text.append(" for uid ").append(Integer.toUnsignedString(uid));
        }
        if (gid != null) {
            text.append(uid == null ? " for gid " : " and gid ").append(Integer.toUnsignedString(gid));
        }
        return text.append(": ").append(effect).toString();
    }
}
