// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.sys.ErrnoException;

/** What a system call comes to, for comparison: its result, or its error. */
final class Outcome {
    private Outcome() {}

    interface Call {
        Object run() throws Exception;
    }

    interface Effect {
        void run() throws Exception;
    }

    static String of(Call call) throws Exception {
        try {
            return String.valueOf(call.run());
        } catch (ErrnoException e) {
            return "errno " + e.errno();
        }
    }

    static String done(Effect effect) throws Exception {
        return of(() -> {
            effect.run();
            return "done";
        });
    }
}
