// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.extension.PolicyMount;
import io.fuselet.extension.PolicyOptions;
import io.fuselet.extension.Tier;
import io.fuselet.policy.AuditEvent;
import io.fuselet.policy.AuditSink;
import io.fuselet.policy.Policy;
import io.fuselet.policy.PolicyReader;
import io.fuselet.stackfs.StackOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A tree under a policy in one tier, names and attributes cached for an hour, so that nothing holds only because it is asked for again.
 *
 * @param below the tree that is served
 * @param events what was told so far
 */
record PolicyScratch(TieredMount mount, Path below, Tier tier, List<AuditEvent> events) {
    private static final StackOptions KEEP = StackOptions.DEFAULT.withTimeouts(3600, 3600);

    interface Work {
        void accept(PolicyScratch scratch) throws Exception;
    }

    static Policy policy(String rules) throws Exception {
        return PolicyReader.parse("policy.yaml", rules);
    }

    static void serve(Tier tier, String rules, Scratch.Preparation preparation, Work work) throws Exception {
        List<AuditEvent> events = new CopyOnWriteArrayList<>();
        serve(tier, rules, events, events::add, preparation, work);
    }

    /** @param sink gets the events in place of the list */
    static void serve(Tier tier, String rules, AuditSink sink, Scratch.Preparation preparation, Work work) throws Exception {
        serve(tier, rules, List.of(), sink, preparation, work);
    }

    private static void serve(Tier tier, String rules, List<AuditEvent> events, AuditSink sink, Scratch.Preparation preparation, Work work)
            throws Exception {
        new Scratch("ext4", tier).make(below -> {
            Files.setPosixFilePermissions(below, PosixFilePermissions.fromString("rwxr-xr-x"));
            preparation.accept(below);
            PolicyOptions options = new PolicyOptions(policy(rules), sink);
            try (TieredMount mount = TieredMount.of(below, tier, KEEP, null, options)) {
                work.accept(new PolicyScratch(mount, below, tier, events));
            }
        });
    }

    Path above() {
        return mount.path();
    }

    Path above(String name) {
        return above().resolve(name);
    }

    PolicyMount policy() {
        return mount.policy();
    }

    void replace(String rules) throws Exception {
        policy().replace(policy(rules));
    }

    /** Runs a Python program in the mount and returns what it printed. */
    String python(String program) throws Exception {
        Path file = Files.writeString(Files.createTempFile("program", ".py"), program);
        Command python = Command.shell(above(), "exec python3 " + file);
        Files.delete(file);
        if (python.code() != 0) {
            throw new AssertionError(python.out() + python.err());
        }
        return python.out();
    }
}
