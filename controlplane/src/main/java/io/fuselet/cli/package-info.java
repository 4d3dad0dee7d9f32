// SPDX-License-Identifier: Apache-2.0

/** The command line. Every mistake ends in one line that says what is wrong and what to do, and in an exit code of {@link io.fuselet.cli.ExitCode}. */
package io.fuselet.cli;
