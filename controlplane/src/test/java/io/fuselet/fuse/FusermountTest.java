// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Talks to a stand-in for fusermount3, which notes its arguments and does as the test says. */
class FusermountTest {
    @TempDir
    Path directory;

    private Fusermount standIn(String script) throws IOException {
        Path program = Files.writeString(directory.resolve("fusermount3"),
                "#!/bin/sh\nprintf '%s\\n' \"$@\" >" + directory + "/arguments\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new Fusermount(program.toString());
    }

    private List<String> arguments() throws IOException {
        return Files.readAllLines(directory.resolve("arguments"));
    }

    @Test
    void theDescriptorThatArrivesIsTheDevice() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "no perl to send a descriptor with");
        Files.writeString(directory.resolve("device"), "hello");
        Fusermount fusermount = standIn("exec perl -e '" + SEND_DESCRIPTOR + "' " + directory + "/device");

        try (Fd device = fusermount.mount(Path.of("/mnt/x"), new MountOptions().source("a,b").maxRead(4096))) {
            NativeBuffer buffer = NativeBuffer.allocate(16);
            assertThat(FileCalls.read(device.number(), buffer.address(), 16)).isEqualTo(5);
        }
        assertThat(arguments()).containsExactly("-o",
                "rw,default_permissions,max_read=4096,subtype=fuselet,fsname=a\\,b", "--", "/mnt/x");
    }

    /** sendmsg(2) of one byte and the opened file, by number: perl has no name for it. x86_64 only, like io.fuselet.sys. */
    private static final String SEND_DESCRIPTOR = """
            open(F, "<", $ARGV[0]) or die; my $byte = "x";
            my $iov = pack("P Q", $byte, 1);
            my $control = pack("Q l l l x4", 20, 1, 1, fileno(F));
            my $message = pack("Q L x4 P Q P Q l x4", 0, 0, $iov, 1, $control, 24, 0);
            syscall(46, $ENV{_FUSE_COMMFD} + 0, $message, 0) == 1 or die "sendmsg: $!";
            """;

    @Test
    void theRefusalIsPassedOn() throws Exception {
        Fusermount fusermount = standIn("echo 'fusermount3: user has no write access to mountpoint /mnt/x' >&2; exit 1");

        assertThatThrownBy(() -> fusermount.mount(Path.of("/mnt/x"), new MountOptions())).isInstanceOf(MountException.class)
                .hasMessage("fusermount3 refused to mount on /mnt/x: user has no write access to mountpoint /mnt/x");
    }

    @Test
    void aRefusalWithoutAReasonIsOneToo() throws Exception {
        Fusermount fusermount = standIn("exit 1");

        assertThatThrownBy(() -> fusermount.mount(Path.of("/mnt/x"), new MountOptions())).isInstanceOf(MountException.class)
                .hasMessageContaining("gave no reason");
    }

    @Test
    void successWithoutADescriptorIsARefusal() throws Exception {
        Fusermount fusermount = standIn("exit 0");

        assertThatThrownBy(() -> fusermount.mount(Path.of("/mnt/x"), new MountOptions())).isInstanceOf(MountException.class);
    }

    @Test
    void noProgram() {
        Fusermount fusermount = new Fusermount(directory.resolve("fusermount3").toString());

        assertThatThrownBy(() -> fusermount.mount(Path.of("/mnt/x"), new MountOptions())).isInstanceOf(MountException.class)
                .hasMessageContaining("install the package fuse3");
    }

    @Test
    void unmounting() throws Exception {
        standIn("exit 0").unmount(Path.of("/mnt/x"), false);
        assertThat(arguments()).containsExactly("-u", "--", "/mnt/x");
        standIn("exit 0").unmount(Path.of("/mnt/x"), true);
        assertThat(arguments()).containsExactly("-u", "-z", "--", "/mnt/x");
    }

    @Test
    void unmountingWhatIsBusy() throws Exception {
        Fusermount fusermount = standIn("echo 'fusermount3: failed to unmount /mnt/x: Device or resource busy' >&2; exit 1");

        assertThatThrownBy(() -> fusermount.unmount(Path.of("/mnt/x"), false)).isInstanceOf(MountException.class)
                .hasMessageContaining("busy").hasMessageNotContaining("\n");
    }

    @Test
    void optionsAsFusermountTakesThem() {
        assertThat(Fusermount.options(new MountOptions().readOnly(true).allowOther(true).defaultPermissions(false)))
                .isEqualTo("ro,allow_other,subtype=fuselet,fsname=fuselet");
    }
}
