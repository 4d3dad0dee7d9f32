// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Prints what has changed between two runs. Arguments: the older and the newer results.json. */
public final class Compare {
    /** Differences below this share are the noise of interrupts. */
    private static final double NOTABLE = 0.002;

    private Compare() {}

    public static void main(String[] arguments) throws Exception {
        Results old = Results.read(Path.of(arguments[0]));
        Results now = Results.read(Path.of(arguments[1]));
        int same = 0;
        for (Result result : now.all()) {
            Optional<Result> before = old.find(result.lower(), result.system(), result.name());
            if (before.isPresent() && !differs(before.get(), result)) {
                same++;
            } else {
                System.out.println(line(before, result));
            }
        }
        old.all().stream().filter(result -> now.find(result.lower(), result.system(), result.name()).isEmpty()).forEach(result ->
                System.out.printf("%-56s no longer measured%n", name(result)));
        System.out.printf("%d figures are the same (within %.1f %%)%n", same, NOTABLE * 100);
    }

    private static boolean differs(Result before, Result now) {
        return Math.abs(now.value() - before.value()) > NOTABLE * before.value() || !before.upcalls().equals(now.upcalls());
    }

    private static String line(Optional<Result> before, Result now) {
        String name = name(now);
        if (before.isEmpty()) {
            return String.format(Locale.ROOT, "%-56s %,14.0f  new", name, now.value());
        }
        String upcalls = before.get().upcalls().equals(now.upcalls())
                ? ""
                : "  upcalls " + before.get().upcalls() + " -> " + now.upcalls();
        return String.format(Locale.ROOT, "%-56s %,14.0f -> %,14.0f  %+7.2f %%%s", name, before.get().value(), now.value(),
                (now.value() / before.get().value() - 1) * 100, upcalls);
    }

    private static String name(Result result) {
        return result.lower() + " " + result.system() + " " + result.name() + ", " + result.unit();
    }
}
