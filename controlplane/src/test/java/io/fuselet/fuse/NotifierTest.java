// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import org.junit.jupiter.api.Test;

class NotifierTest {
    private static final byte[] NAME = {'n', (byte) 0xff};

    private final FakeKernel kernel = new FakeKernel();
    private final Notifier notifier = new Notifier(kernel);

    private void assertSent(int code, Wire body) throws InterruptedException {
        byte[] content = body.toBody();
        assertThat(kernel.receive())
                .isEqualTo(Wire.body().u32(16 + content.length).u32(code).u64(0).bytes(content).toBody());
    }

    @Test
    void invalidateInode() throws Exception {
        assertThat(notifier.invalidateInode(5, -1, 0)).isTrue();
        assertSent(2, Wire.body().u64(5).u64(-1).u64(0));
    }

    @Test
    void invalidateEntry() throws Exception {
        notifier.invalidateEntry(5, NAME);
        assertSent(3, Wire.body().u64(5).u32(2).u32(0).bytes(NAME).zeros(1));
    }

    @Test
    void expireEntry() throws Exception {
        notifier.expireEntry(5, NAME);
        assertSent(3, Wire.body().u64(5).u32(2).u32(1).bytes(NAME).zeros(1));
    }

    @Test
    void delete() throws Exception {
        notifier.delete(5, 6, NAME);
        assertSent(6, Wire.body().u64(5).u64(6).u32(2).u32(0).bytes(NAME).zeros(1));
    }

    @Test
    void store() throws Exception {
        notifier.store(5, 4096, new byte[] {1, 2, 3});
        assertSent(4, Wire.body().u64(5).u64(4096).u32(3).u32(0).bytes(new byte[] {1, 2, 3}));
    }

    @Test
    void storeOfALot() throws Exception {
        byte[] data = new byte[100_000];
        java.util.Arrays.fill(data, (byte) 7);
        notifier.store(5, 0, data);
        assertSent(4, Wire.body().u64(5).u64(0).u32(data.length).u32(0).bytes(data));
    }

    @Test
    void aMessageLeavesNothingBehindInTheNext() throws Exception {
        notifier.store(5, -1, new byte[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
        kernel.receive();
        notifier.delete(5, 6, NAME);
        assertSent(6, Wire.body().u64(5).u64(6).u32(2).u32(0).bytes(NAME).zeros(1));
    }

    @Test
    void retrieve() throws Exception {
        notifier.retrieve(9, 5, 4096, 3);
        assertSent(5, Wire.body().u64(9).u64(5).u64(4096).u32(3).u32(0));
    }

    @Test
    void resend() throws Exception {
        notifier.resend();
        assertSent(7, Wire.body());
    }

    @Test
    void whatTheKernelDoesNotHaveIsNoError() {
        kernel.failWrites(Errno.ENOENT);
        assertThat(notifier.invalidateEntry(5, NAME)).isFalse();
    }

    @Test
    void otherErrorsAre() {
        kernel.failWrites(Errno.EBUSY);
        assertThatThrownBy(() -> notifier.delete(5, 6, NAME)).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
    }

    @Test
    void namesLongerThanTheKernelsAreRefused() {
        assertThatThrownBy(() -> notifier.invalidateEntry(5, new byte[1025])).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.ENAMETOOLONG));
        assertThat(kernel.hasReplies()).isFalse();
    }
}
