// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/**
 * Extensions behind the arguments of creating requests: records of {@code {u32 size; u32 type}} and a body, padded to 8 bytes.
 * Types below 32 are security contexts, which are not asked for; 32 is {@code FUSE_EXT_GROUPS}.
 */
final class Extensions {
    static final int GROUPS = 32;
    private static final int HEADER_SIZE = 8;
    private static final int COUNT = HEADER_SIZE;
    private static final int FIRST = HEADER_SIZE + 4;

    private Extensions() {
    }

    static int groups(Request request) {
        int at = find(request, GROUPS);
        if (at < 0) {
            return 0;
        }
        int room = (size(request, at) - FIRST) / 4;
        return Math.max(0, Math.min(request.u32(at + COUNT), room));
    }

    static int group(Request request, int index) {
        if (index < 0 || index >= groups(request)) {
            throw new IndexOutOfBoundsException(index);
        }
        return request.u32(find(request, GROUPS) + FIRST + 4 * index);
    }

    private static int find(Request request, int type) {
        int end = request.frame.length;
        int at = request.argumentsEnd();
        while (end - at >= FIRST) {
            int size = size(request, at);
            if (size < HEADER_SIZE || size > end - at) {
                return -1;
            }
            if (request.u32(at + 4) == type && size >= FIRST) {
                return at;
            }
            at += (size + 7) & ~7;
        }
        return -1;
    }

    private static int size(Request request, int at) {
        return request.u32(at);
    }
}
