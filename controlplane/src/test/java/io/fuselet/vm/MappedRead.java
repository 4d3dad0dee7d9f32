// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import java.nio.file.Path;

/**
 * Reads files through mappings, in a process of its own: a mapping that Java makes lives until it is collected, and keeps the mount in
 * use.
 */
final class MappedRead {
    private static final String SCRIPT = "import hashlib, mmap, os\n"
            + "sums = hashlib.sha256()\n"
            + "for directory, names, files in os.walk('.'):\n"
            + "    names.sort()\n"
            + "    for name in sorted(files):\n"
            + "        path = os.path.join(directory, name)\n"
            + "        if os.path.islink(path) or os.path.getsize(path) == 0:\n"
            + "            continue\n"
            + "        with open(path, 'rb') as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapping:\n"
            + "            sums.update(mapping)\n"
            + "print(sums.hexdigest())\n";

    private MappedRead() {}

    /** One sum over the contents of all files below a directory. */
    static String sum(Path tree) throws Exception {
        Command python = Command.shell(tree, "exec python3 - <<'END'\n" + SCRIPT + "END");
        if (python.code() != 0) {
            throw new AssertionError("reading " + tree + " through mappings: " + python.err());
        }
        return python.out();
    }
}
