// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

/**
 * Where an object was last seen: a hint, to be checked, since the lower tree may change without us.
 *
 * @param name NUL-terminated
 */
record Location(Node parent, byte[] name) {}
