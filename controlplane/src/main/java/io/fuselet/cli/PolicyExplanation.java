// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.policy.Effect;
import io.fuselet.policy.Policy;
import io.fuselet.policy.PolicyException;
import io.fuselet.policy.Rule;
import io.fuselet.policy.TreePath;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Why a policy does to a path what it does.
 *
 * @param number of the rule that decides, counted from 1; 0 for none
 * @param rule the rule that decides, null if none covers the path
 * @param hidden the closest directory of the path that is hidden, so that the path cannot be reached; null if none is
 */
record PolicyExplanation(TreePath path, int number, Rule rule, TreePath hidden) {
    static PolicyExplanation of(Policy policy, TreePath path, int uid, int gid) {
        Rule rule = policy.deciding(path, uid, gid).orElse(null);
        int number = rule == null ? 0 : policy.rules().indexOf(rule) + 1;
        return new PolicyExplanation(path, number, rule, hiddenAbove(policy, path, uid, gid));
    }

    private static TreePath hiddenAbove(Policy policy, TreePath path, int uid, int gid) {
        TreePath above = path;
        while (!above.isRoot()) {
            above = above.parent();
            Optional<Rule> rule = policy.deciding(above, uid, gid);
            if (rule.isPresent() && rule.get().effect() == Effect.HIDE) {
                return above;
            }
        }
        return null;
    }

    private Effect effect() {
        return rule == null ? Effect.ALLOW : rule.effect();
    }

    String toText(Path file) {
        String decided = rule == null ? "no rule covers it" : "rule " + number + " at " + file + ":" + rule.position() + ", " + rule;
        String told = rule != null && rule.audit() ? ", audited" : "";
        boolean unreachable = hidden != null && effect() != Effect.HIDE;
        return path + ": " + effect() + told + " (" + decided + ")" + (unreachable ? "; cannot be reached, " + hidden + " is hidden" : "");
    }

    private Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("path", path.toString());
        json.put("effect", effect().toString());
        json.put("audit", rule != null && (rule.audit() || rule.effect() == Effect.AUDIT));
        json.put("rule", rule == null ? null : number);
        json.put("line", rule == null ? null : rule.position().line());
        json.put("column", rule == null ? null : rule.position().column());
        json.put("hidden_by", hidden == null ? null : hidden.toString());
        return json;
    }

    static Map<String, Object> toJson(Path file, Policy policy, List<PolicyExplanation> explanations) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", file.toString());
        json.put("rules", policy.rules().size());
        json.put("paths", explanations.stream().map(PolicyExplanation::toJson).toList());
        return json;
    }

    static Map<String, Object> mistake(Path file, PolicyException mistake) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", file.toString());
        json.put("error", Map.of("line", mistake.position().line(), "column", mistake.position().column(), "problem", mistake.problem()));
        return json;
    }
}
