// SPDX-License-Identifier: Apache-2.0

/**
 * Who may do what with which path of a mount: rules, read from YAML, evaluated to flags of nodes.
 *
 * <p>{@link io.fuselet.policy.Policy} decides about paths and knows nothing of a mount; {@link io.fuselet.policy.PolicyReader} makes one
 * from a file. {@link io.fuselet.policy.PolicyFileSystem} enforces one in front of another file system, and hands the flags of nodes to
 * programs where there are any.
 */
package io.fuselet.policy;
