// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Mistakes that are found before anything is mounted: one line each, and the documented exit code. */
class CommandLineTest {
    @TempDir
    Path scratch;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                | no command given; see 'fuselet --help'
            dance                             | Unmatched argument at index 0: 'dance'; see 'fuselet --help'
            mount                             | Missing required parameters: 'SOURCE', 'MOUNTPOINT'; see 'fuselet mount --help'
            mount --frob @src @mnt            | Unknown option: '--frob'; see 'fuselet mount --help'
            mount @src @mnt extra             | Unmatched argument at index 3: 'extra'; see 'fuselet mount --help'
            mount @src @mnt --tier fast       | no tier 'fast', only plain, passthrough and extension; see 'fuselet mount --help'
            mount @src @mnt --threads many    | 'many' is not an int; see 'fuselet mount --help'
            mount @src @mnt --threads 0       | --threads is 0; give a number from 1 to 1024
            mount @src @mnt --attr-timeout -1 | --attr-timeout is -1.0; give seconds from 0 to 86400
            mount @src @mnt --entry-timeout NaN | --entry-timeout is NaN; give seconds from 0 to 86400
            mount @src @mnt --locks far       | locks are kept local or remote, not 'far'; see 'fuselet mount --help'
            mount @src @mnt --locks remote    | --locks remote does not go with the extension tier; add --tier passthrough
            mount @src @mnt -o ro,frob=1      | unknown mount option 'frob' in -o; see 'fuselet mount --help'
            mount @src @mnt --audit @file     | --audit needs a policy; add --policy FILE
            mount @src @mnt --policy @none    | policy @none does not exist; give a YAML file
            mount @src @mnt -o policy=@file   | @file:1:1: the policy is empty; it begins with 'rules:'
            policy replace @mnt @none         | policy @none does not exist; give a YAML file
            mount @none @mnt                  | source @none does not exist; give a directory
            mount @file @mnt                  | source @file is not a directory; give one
            mount @src @none                  | mount point @none does not exist; make the directory first
            mount @src @file                  | mount point @file is not a directory; give one
            mount @src @src/inside            | mount point @src/inside lies inside the source @src; choose a directory outside of it
            umount @mnt                       | @mnt is no mount point; see /proc/mounts for those that there are
            umount /                          | / holds a file system of type
            attach @mnt                       | Missing required option: '--extension=NAME'; see 'fuselet attach --help'
            attach @mnt --extension cache     | @mnt is no mount point; see /proc/mounts for those that there are
            attach / --extension cache        | / holds a file system of type
            attach @mnt --extension stack     | no extension 'stack' can be attached to a mount, only cache
            attach @mnt --extension cache --ttl 0 | --ttl is 0.0; give seconds, more than 0 and up to 31536000
            attach @mnt --extension cache --ttl NaN | --ttl is NaN; give seconds, more than 0 and up to 31536000
            attach @mnt --extension cache --memory 1K | --memory is 1024 bytes; give 1536 to 64G
            attach @mnt --extension cache --memory big | 'big' is not a size; write 500K, 64M or 1G; see 'fuselet attach --help'
            attach @mnt --extension cache --kinds lookup,read | no kind 'read', only lookup, getattr, readlink, statfs, getxattr, listxattr, access; see
            detach @mnt                       | @mnt is no mount point; see /proc/mounts for those that there are
            status @mnt                       | @mnt is no mount point; see /proc/mounts for those that there are
            """)
    void saysWhatIsWrongInOneLine(String line, String message) throws Exception {
        Result result = run(line);

        assertThat(result.err).contains(place(message)).startsWith("fuselet: ").endsWith(System.lineSeparator()).hasLineCount(1);
        assertThat(result.code).isEqualTo(ExitCode.USAGE);
        assertThat(result.out).isEmpty();
    }

    @Test
    void helpListsTheExitCodes() throws Exception {
        Result result = run("--help");

        assertThat(result.code).isEqualTo(ExitCode.OK);
        assertThat(result.out).contains("Exit codes:", "probe", "mount", "umount", "attach", "detach", "status");
        for (int code = ExitCode.OK; code <= ExitCode.ABORTED; code++) {
            assertThat(result.out).containsPattern("(?m)^\\s+" + code + "\\s+\\w");
        }
    }

    @Test
    void everyCommandExplainsItself() throws Exception {
        for (String command : List.of("probe", "mount", "umount", "attach", "detach", "status", "policy", "policy check", "policy replace")) {
            Result result = run(command + " --help");
            assertThat(result.code).as(command).isEqualTo(ExitCode.OK);
            assertThat(result.out).contains("Usage: fuselet " + command);
        }
    }

    private record Result(int code, String out, String err) {}

    private Result run(String line) throws Exception {
        Files.createDirectories(scratch.resolve("src/inside"));
        Files.createDirectories(scratch.resolve("mnt"));
        Files.writeString(scratch.resolve("file"), "");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true));
        String[] arguments = line.isEmpty() ? new String[0] : place(line).split(" ");
        int code = Main.execute(commandLine, arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private String place(String text) {
        return text.replace("@", scratch + "/");
    }
}
