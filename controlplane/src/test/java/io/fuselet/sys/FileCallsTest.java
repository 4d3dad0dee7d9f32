// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {
    @TempDir
    Path directory;

    @Test
    void writesAndReadsAtAnOffset() {
        try (Fd file = create("file")) {
            NativeBuffer out = NativeBuffer.copyOf("hello".getBytes());
            NativeBuffer in = NativeBuffer.allocate(16);

            assertThat(FileCalls.pwrite(file.number(), out.address(), 5, 4096)).isEqualTo(5);
            assertThat(FileCalls.pread(file.number(), in.address(), 16, 4096)).isEqualTo(5);

            assertThat(in.toArray(5)).isEqualTo("hello".getBytes());
            assertThat(Stat.of(file.number()).size()).isEqualTo(4101);
        }
    }

    @Test
    void gathersVectors() {
        try (Fd file = create("file")) {
            NativeBuffer a = NativeBuffer.copyOf("one".getBytes());
            NativeBuffer b = NativeBuffer.copyOf("two".getBytes());
            IoVectors vectors = new IoVectors(2).set(0, a.address(), 3).set(1, b.address(), 3);

            assertThat(FileCalls.writev(file.number(), vectors.address(), 2)).isEqualTo(6);

            NativeBuffer in = NativeBuffer.allocate(6);
            FileCalls.pread(file.number(), in.address(), 6, 0);
            assertThat(in.toArray(6)).isEqualTo("onetwo".getBytes());
        }
    }

    @Test
    void copiesARange() {
        try (Fd from = create("from"); Fd to = create("to")) {
            NativeBuffer content = NativeBuffer.copyOf("abcdef".getBytes());
            FileCalls.write(from.number(), content.address(), 6);

            assertThat(FileCalls.copyFileRange(from.number(), 2, to.number(), 1, 3, 0)).isEqualTo(3);

            NativeBuffer in = NativeBuffer.allocate(4);
            FileCalls.pread(to.number(), in.address(), 4, 0);
            assertThat(in.toArray(4)).isEqualTo(new byte[] {0, 'c', 'd', 'e'});
        }
    }

    @Test
    void aClosedDescriptorIsNotClosedAgain() {
        Fd file = create("file");
        int number = file.number();
        file.close();
        try (Fd other = create("other")) {
            assertThat(other.number()).as("the lowest free number is reused").isEqualTo(number);
            file.close();
            assertThat(Stat.of(other.number()).isRegular()).isTrue();
        }
    }

    private Fd create(String name) {
        byte[] path = CString.of(directory.resolve(name).toString());
        return new Fd(FileCalls.openat(At.AT_FDCWD, path, Open.O_RDWR | Open.O_CREAT | Open.O_EXCL, 0600));
    }
}
