// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes, written with K, M or G for the powers of 1024. */
record MemorySize(long bytes) {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,12})([KMG]?)", Pattern.CASE_INSENSITIVE);
    private static final String UNITS = "KMG";
    private static final int UNIT_BITS = 10;

    static MemorySize parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a size; write 500K, 64M or 1G");
        }
        int unit = matcher.group(2).isEmpty() ? 0 : UNITS.indexOf(Character.toUpperCase(matcher.group(2).charAt(0))) + 1;
        return new MemorySize(Long.parseLong(matcher.group(1)) << (unit * UNIT_BITS));
    }
}
