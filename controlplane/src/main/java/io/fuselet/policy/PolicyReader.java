// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads a policy from YAML:
 *
 * <pre>
 * rules:
 *   - path: /etc/shadow
 *     effect: hide
 *   - path: /home/*&#47;.ssh
 *     uid: 1000
 *     effect: deny
 *     audit: true
 * </pre>
 *
 * Every mistake is reported with its line and column. Keys that are not known are mistakes, for a misspelt one would weaken the policy.
 */
public final class PolicyReader {
    private static final List<String> RULE_KEYS = List.of("path", "uid", "gid", "effect", "audit");
    private static final int MOST_BYTES = 1 << 20;
    private static final long MOST_ID = 0xfffffffeL;

    private final String file;

    private PolicyReader(String file) {
        this.file = file;
    }

    /** @throws IOException if the file cannot be read */
    public static Policy read(Path file) throws IOException, PolicyException {
        return parse(file.toString(), text(file));
    }

    /**
     * The text of a policy's file.
     *
     * @throws IOException if it cannot be read, or is no text
     */
    public static String text(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " is larger than 1 MiB, which no policy is");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not UTF-8 text; write other bytes of a path as \\xHH", e);
        }
    }

    /** @param file what an error calls the text */
    public static Policy parse(String file, String text) throws PolicyException {
        return new PolicyReader(file).policy(text);
    }

    private Policy policy(String text) throws PolicyException {
        Node document = compose(text).orElseThrow(() -> new PolicyException(file, new Position(1, 1), "the policy is empty; it begins with 'rules:'"));
        Map<String, Node> keys = mapping(document, "a policy", List.of("rules"));
        Node list = required(keys, "rules", document, "a policy");
        if (!(list instanceof SequenceNode sequence)) {
            throw wrong(list, "rules are a list; begin each with '-'");
        }
        List<Rule> rules = new ArrayList<>();
        for (Node rule : sequence.getValue()) {
            rules.add(rule(rule));
            int classes = Identities.of(rules).size();
            if (classes > Identities.MOST) {
                throw wrong(rule, "too many user and group ids: (uids + 1) * (gids + 1) is " + classes + ", and may be " + Identities.MOST);
            }
        }
        return new Policy(rules);
    }

    private Optional<Node> compose(String text) throws PolicyException {
        LoadSettings settings = LoadSettings.builder().setLabel(file).setAllowDuplicateKeys(true).setMaxAliasesForCollections(0).build();
        try {
            return new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            throw new PolicyException(file, position(e.getProblemMark()), "no YAML: " + oneLine(e.getProblem()));
        } catch (YamlEngineException e) {
            throw new PolicyException(file, new Position(1, 1), "no YAML: " + oneLine(e.getMessage()));
        }
    }

    private Rule rule(Node node) throws PolicyException {
        Map<String, Node> keys = mapping(node, "a rule", RULE_KEYS);
        Node path = required(keys, "path", node, "a rule");
        Node effectNode = required(keys, "effect", node, "a rule");
        Glob glob = glob(path);
        Effect effect = effect(effectNode);
        if (glob.isRoot() && effect == Effect.HIDE) {
            throw wrong(effectNode, "the root of a mount cannot be hidden; hide /** to hide all that is in it");
        }
        return new Rule(glob, id(keys, "uid"), id(keys, "gid"), effect, flag(keys.get("audit")), position(node.getStartMark()));
    }

    private Glob glob(Node node) throws PolicyException {
        String text = scalar(node, "a path");
        try {
            return Glob.of(text);
        } catch (GlobException e) {
            Position start = position(node.getStartMark());
            throw new PolicyException(file, inside((ScalarNode) node, start, text, e.at()), e.getMessage());
        }
    }

    /** Where a scalar is written as it is read its characters can be pointed at. */
    private static Position inside(ScalarNode node, Position start, String text, int at) {
        boolean plain = node.getScalarStyle() == ScalarStyle.PLAIN;
        boolean single = node.getScalarStyle() == ScalarStyle.SINGLE_QUOTED && text.indexOf('\'') < 0;
        if (!plain && !single || text.indexOf('\n') >= 0) {
            return start;
        }
        return new Position(start.line(), start.column() + text.codePointCount(0, at) + (plain ? 0 : 1));
    }

    private Effect effect(Node node) throws PolicyException {
        String name = scalar(node, "an effect");
        return Effect.of(name).orElseThrow(() -> wrong(node, "no effect '" + oneLine(name) + "', only allow, read-only, deny, hide and audit"));
    }

    private Integer id(Map<String, Node> keys, String key) throws PolicyException {
        Node node = keys.get(key);
        if (node == null) {
            return null;
        }
        String text = scalar(node, "a " + key);
        if (text.matches("[0-9]{1,10}")) {
            long id = Long.parseLong(text);
            if (id <= MOST_ID) {
                return (int) id;
            }
        }
        throw wrong(node, "a " + key + " is a number from 0 to " + MOST_ID + ", not '" + oneLine(text) + "'");
    }

    private boolean flag(Node node) throws PolicyException {
        String text = node == null ? "false" : scalar(node, "audit");
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(node, "audit is true or false, not '" + oneLine(text) + "'");
        };
    }

    private String scalar(Node node, String what) throws PolicyException {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw wrong(node, what + " is one value, not a list or a mapping");
    }

    private Map<String, Node> mapping(Node node, String what, List<String> known) throws PolicyException {
        if (!(node instanceof MappingNode mapping)) {
            throw wrong(node, what + " is a mapping with the keys " + String.join(", ", known));
        }
        Map<String, Node> keys = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            String key = scalar(tuple.getKeyNode(), "a key");
            if (!known.contains(key)) {
                throw wrong(tuple.getKeyNode(), what + " has no key '" + oneLine(key) + "', only " + String.join(", ", known));
            }
            if (keys.put(key, tuple.getValueNode()) != null) {
                throw wrong(tuple.getKeyNode(), "'" + key + "' is given twice");
            }
        }
        return keys;
    }

    private Node required(Map<String, Node> keys, String key, Node owner, String what) throws PolicyException {
        Node node = keys.get(key);
        if (node == null) {
            throw wrong(owner, what + " needs the key '" + key + "'");
        }
        return node;
    }

    private PolicyException wrong(Node node, String problem) {
        return new PolicyException(file, position(node.getStartMark()), problem);
    }

    private static Position position(Optional<Mark> mark) {
        return mark.map(at -> new Position(at.getLine() + 1, at.getColumn() + 1)).orElse(new Position(1, 1));
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\p{Cntrl}+", " ");
    }
}
