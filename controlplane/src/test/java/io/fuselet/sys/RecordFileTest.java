// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordFileTest {
    private static final int KIND = 9;
    private static final int RECORDS = 600;

    private static Fd duplicate(RecordFile file) {
        return new Fd(FileCalls.fcntl(file.number(), FileCalls.F_DUPFD_CLOEXEC, 0));
    }

    private static Map<Integer, Long> contents(RecordFile file) {
        Map<Integer, Long> found = new HashMap<>();
        file.forEach(KIND, (slot, record) -> found.put(slot, record.getLong(8)));
        return found;
    }

    /** As a process leaves it that is killed after any step. */
    @Test
    void aSuccessorFindsWhatWasWrittenAndGoesOn() throws Exception {
        Random random = new Random(1);
        Map<Integer, Long> model = new HashMap<>();
        RecordFile file = RecordFile.create("test", RECORDS);
        for (int step = 0; step < 5000; step++) {
            change(file, model, random);
            if (step % 50 == 0) {
                RecordFile successor = RecordFile.takeOver(duplicate(file));
                assertThat(contents(successor)).as("seed 1, step " + step).isEqualTo(model);
                assertThat(successor.term()).isEqualTo(file.term() + 1);
                file.close();
                file = successor;
            }
        }
        file.close();
    }

    private static void change(RecordFile file, Map<Integer, Long> model, Random random) {
        long value = random.nextLong();
        if (model.isEmpty() || model.size() < RECORDS && random.nextInt(5) < 3) {
            int slot = file.add(RecordFile.record(KIND).putLong(8, value));
            assertThat(model.put(slot, value)).as("a slot is used once").isNull();
            return;
        }
        int slot = model.keySet().iterator().next();
        if (random.nextBoolean()) {
            file.put(slot, RecordFile.record(KIND).putLong(8, value));
            model.put(slot, value);
        } else {
            file.remove(slot);
            model.remove(slot);
        }
    }

    @Test
    void itIsBounded() {
        try (RecordFile file = RecordFile.create("test", 2)) {
            int first = file.add(RecordFile.record(KIND));
            file.add(RecordFile.record(KIND));
            assertThatThrownBy(() -> file.add(RecordFile.record(KIND)))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENFILE));
            file.remove(first);
            assertThat(file.add(RecordFile.record(KIND))).isEqualTo(first);
            assertThatThrownBy(() -> FileCalls.ftruncate(file.number(), 1 << 20)).as("sealed").isInstanceOf(ErrnoException.class);
        }
    }

    @Test
    void whatIsNoSuchFileIsRefused() {
        Fd unsealed = new Fd(EventCalls.memfd("other"));
        assertThat(RecordFile.sealedSize(unsealed)).isNegative();
        assertThatThrownBy(() -> RecordFile.takeOver(unsealed)).isInstanceOf(IOException.class);
        assertThat(unsealed.isOpen()).isFalse();
    }
}
