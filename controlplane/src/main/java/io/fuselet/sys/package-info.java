// SPDX-License-Identifier: Apache-2.0

/**
 * Linux as the rest of Fuselet calls it: system calls through JNR, one class for each group of them.
 *
 * <p>Errors are {@link io.fuselet.sys.ErrnoException}s. Descriptors are plain numbers, or an {@link io.fuselet.sys.Fd} where somebody
 * owns one. Names are NUL-terminated bytes ({@link io.fuselet.sys.CString}); memory outside the heap is a
 * {@link io.fuselet.sys.NativeBuffer} or an address. All calls may be made from any thread; what concerns one thread alone is in
 * {@link io.fuselet.sys.ThreadCalls}.
 */
package io.fuselet.sys;
