// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.time.Duration;

/**
 * For whom and how an extension was attached, as it is kept beside the attachment.
 *
 * @param owner uid of whoever asked for it
 * @param flags of the extension
 */
record AttachmentTerms(int owner, int flags, Timeouts timeouts) {
    private static final int NUMBERS = 4;

    /** {@code uid,flags,entry timeout,attribute timeout}, both in nanoseconds. */
    String toText() {
        return Integer.toUnsignedString(owner) + "," + flags + "," + timeouts.entry().toNanos() + "," + timeouts.attributes().toNanos();
    }

    static AttachmentTerms parse(String text) {
        String[] numbers = text.split(",");
        if (numbers.length != NUMBERS) {
            throw new IllegalArgumentException("not the terms of an attachment: " + text);
        }
        return new AttachmentTerms(Integer.parseUnsignedInt(numbers[0]), Integer.parseInt(numbers[1]),
                new Timeouts(Duration.ofNanos(Long.parseLong(numbers[2])), Duration.ofNanos(Long.parseLong(numbers[3]))));
    }
}
