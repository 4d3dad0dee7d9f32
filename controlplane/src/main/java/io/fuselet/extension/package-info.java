// SPDX-License-Identifier: Apache-2.0

/**
 * The shipped extensions, their composition into one program array, and the ladder that decides how far up a mount gets:
 * extension, mainline passthrough, plain FUSE.
 *
 * <p>{@link io.fuselet.extension.Ladder} is decision only, {@link io.fuselet.extension.StackMount} does what it decides.
 */
package io.fuselet.extension;
