// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Where to be scraped: a port of the loopback interface unless it says otherwise. */
record MetricsAddress(InetSocketAddress address) {
    private static final Pattern FORM = Pattern.compile("(?:([^:\\[\\]]+|\\[[0-9a-fA-F:.]+\\]):)?([0-9]{1,5})");
    private static final int MOST = 65_535;

    static MetricsAddress parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > MOST) {
            throw new TypeConversionException("'" + text + "' is no address to serve metrics on; write 9477, 192.0.2.1:9477 or [2001:db8::1]:9477");
        }
        return new MetricsAddress(new InetSocketAddress(host(matcher.group(1)), Integer.parseInt(matcher.group(2))));
    }

    private static InetAddress host(String name) {
        try {
            return name == null ? InetAddress.getLoopbackAddress() : InetAddress.getByName(name);
        } catch (UnknownHostException e) {
            throw new TypeConversionException("no host '" + name + "' is known");
        }
    }
}
