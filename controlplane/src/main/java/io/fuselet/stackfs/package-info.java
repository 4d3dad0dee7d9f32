// SPDX-License-Identifier: Apache-2.0

/**
 * The stackable file system: serves a directory tree as it is, through *at() calls on descriptors.
 *
 * <p>{@link io.fuselet.stackfs.StackFileSystem} is the way in. Behind it {@code NodeTable} says which objects of the
 * tree the kernel knows, {@code Descriptors} keeps a bounded number of them open, and one class for each group of
 * operations does the work.
 */
package io.fuselet.stackfs;
