// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"fuselet " + (version == null ? "(not packaged)" : version)};
    }
}
