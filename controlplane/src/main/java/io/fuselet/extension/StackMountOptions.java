// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.fuse.MountOptions;
import io.fuselet.stackfs.StackOptions;
import java.nio.file.Path;

/**
 * What to mount and how.
 *
 * @param source directory to serve
 * @param mountPoint directory to mount on
 * @param mountOptions what the kernel is told at mount time
 * @param stack how the tree is served
 * @param cap highest tier allowed
 * @param objects directory of the shipped eBPF objects
 * @param extension object to use in place of the shipped {@code stack.bpf.o}, null for that one
 * @param workers threads that serve requests
 * @param count whether to attach the entry program alone in the lower tiers, so that the kernel counts requests there too
 * @param policy rules that it is mounted under, null for none
 * @param trace whether to measure how long callers wait for this process
 */
public record StackMountOptions(
        Path source,
        Path mountPoint,
        MountOptions mountOptions,
        StackOptions stack,
        Tier cap,
        Path objects,
        Path extension,
        int workers,
        boolean count,
        PolicyOptions policy,
        boolean trace) {

    /** A mount without a policy. */
    public StackMountOptions(Path source, Path mountPoint, MountOptions mountOptions, StackOptions stack, Tier cap, Path objects, Path extension,
            int workers, boolean count) {
        this(source, mountPoint, mountOptions, stack, cap, objects, extension, workers, count, null, false);
    }

    /** The same under a policy. */
    public StackMountOptions withPolicy(PolicyOptions rules) {
        return new StackMountOptions(source, mountPoint, mountOptions, stack, cap, objects, extension, workers, count, rules, trace);
    }

    /** The same with waits measured. */
    public StackMountOptions withTrace(boolean measured) {
        return new StackMountOptions(source, mountPoint, mountOptions, stack, cap, objects, extension, workers, count, policy, measured);
    }

    /** The entry program's object. */
    Path entryObject() {
        return objects.resolve("entry.bpf.o");
    }

    /** The object of the extension that enforces a policy. */
    Path policyObject() {
        return objects.resolve("policy.bpf.o");
    }

    /** The object of the extension that serves a stacked tree. */
    public Path extensionObject() {
        return extension == null ? objects.resolve("stack.bpf.o") : extension;
    }
}
