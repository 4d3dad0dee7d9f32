// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.util.List;

/** For each opcode a well-formed request, the call it makes of a {@link RecordingFileSystem}, and the body of the reply. */
record Samples(int opcode, byte[] request, String call, byte[] replyBody) {
    static final byte[] NOTHING = {};

    private static Samples of(int opcode, Wire request, String call) {
        return new Samples(opcode, request.toRequest(), call, NOTHING);
    }

    private static Samples of(int opcode, Wire request, String call, Wire reply) {
        return new Samples(opcode, request.toRequest(), call, reply.toBody());
    }

    @Override
    public String toString() {
        return Opcode.name(opcode);
    }

    /** Requests that are answered; those that are not are tested apart. */
    static List<Samples> answered() {
        Wire attr = Wire.body().u64(2).u32(3).u32(0).bytes(Wire.attributes().toBody());
        Wire created = Wire.body().bytes(Wire.entry().toBody()).u64(31).u32(OpenReply.DIRECT_IO).u32(0);
        Wire group = Wire.body().u32(16).u32(32).u32(1).u32(1234);
        return List.of(
                of(Opcode.LOOKUP, Wire.request(1).name("caf\u00e9\u00ff"), "lookup caf\u00e9\u00ff", Wire.entry()),
                of(Opcode.GETATTR, Wire.request(3).u32(1).u32(0).u64(-7), "getattr true -7", attr),
                of(Opcode.SETATTR, Wire.request(4).u32(1).u32(0).u64(2).u64(3).u64(4).u64(5).u64(6).u64(7).u32(8).u32(9)
                        .u32(10).u32(11).u32(0).u32(12).u32(13).u32(0), "setattr 1 2 3 4 5 8 6 9 7 10 11 12 13", attr),
                of(Opcode.READLINK, Wire.request(5), "readlink 4095", Wire.body().bytes("target".getBytes())),
                of(Opcode.SYMLINK, Wire.request(6).name("name").name("to/target"), "symlink name to/target", Wire.entry()),
                of(Opcode.MKNOD, Wire.request(8).u32(1).u32(2).u32(3).u32(0).name("x"), "mknod x 1 2 3 []", Wire.entry()),
                of(Opcode.MKDIR, Wire.request(9).u32(1).u32(2).name("d").zeros(4).extensions(group), "mkdir d 1 2 [1234]",
                        Wire.entry()),
                of(Opcode.UNLINK, Wire.request(10).name("x"), "unlink x"),
                of(Opcode.RMDIR, Wire.request(11).name("x"), "rmdir x"),
                of(Opcode.RENAME, Wire.request(12).u64(5).name("a").name("b"), "rename a 5 b 0"),
                of(Opcode.LINK, Wire.request(13).u64(5).name("b"), "link 5 b", Wire.entry()),
                of(Opcode.OPEN, Wire.request(14).u32(1).u32(2), "open 1 2",
                        Wire.body().u64(31).u32(OpenReply.NOFLUSH | OpenReply.PASSTHROUGH).u32(33)),
                of(Opcode.READ, Wire.request(15).u64(1).u64(2).u32(3).u32(4).u64(5).u32(6).u32(0), "read 1 2 3 4 5 6",
                        Wire.body().bytes(new byte[] {1, 2, 3})),
                of(Opcode.WRITE, Wire.request(16).u64(1).u64(2).u32(4).u32(3).u64(5).u32(6).u32(0)
                        .bytes(new byte[] {0, 1, -1, 9}), "write 1 2 4 3 5 6 0001ff09", Wire.body().u32(4).u32(0)),
                of(Opcode.STATFS, Wire.request(17), "statfs",
                        Wire.body().u64(1).u64(2).u64(3).u64(4).u64(5).u32(6).u32(7).u32(8).zeros(28)),
                of(Opcode.RELEASE, Wire.request(18).u64(1).u32(2).u32(3).u64(4), "release 1 2 3 4"),
                of(Opcode.FSYNC, Wire.request(20).u64(1).u32(1).u32(0), "fsync 1 true"),
                of(Opcode.SETXATTR, Wire.request(21).u32(2).u32(1).u32(1).u32(0).name("user.a/b").bytes(new byte[] {1, 2}),
                        "setxattr user.a/b 2 1 1 0102"),
                of(Opcode.GETXATTR, Wire.request(22).u32(3).u32(0).name("user.x"), "getxattr user.x 3",
                        Wire.body().bytes(new byte[] {9, 8, 7})),
                of(Opcode.LISTXATTR, Wire.request(23).u32(0).u32(0), "listxattr 0", Wire.body().u32(4).u32(0)),
                of(Opcode.REMOVEXATTR, Wire.request(24).name("user.x"), "removexattr user.x"),
                of(Opcode.FLUSH, Wire.request(25).u64(1).u32(0).u32(0).u64(2), "flush 1 2"),
                of(Opcode.OPENDIR, Wire.request(27).u32(1).u32(0), "opendir 1 0",
                        Wire.body().u64(32).u32(OpenReply.CACHE_DIR).u32(0)),
                of(Opcode.READDIR, Wire.request(28).u64(1).u64(2).u32(4096).u32(0).u64(0).u32(0).u32(0), "readdir 1 2 4096",
                        Wire.body().u64(41).u64(42).u32(2).u32(8).name("ab").zeros(5)),
                of(Opcode.RELEASEDIR, Wire.request(29).u64(1).u32(2).u32(3).u64(4), "releasedir 1 2 3 4"),
                of(Opcode.FSYNCDIR, Wire.request(30).u64(1).u32(0).u32(0), "fsyncdir 1 false"),
                of(Opcode.GETLK, lock(31), "getlk 1 2 3 4 5 6 true", Wire.body().u64(51).u64(52).u32(1).u32(53)),
                of(Opcode.SETLK, lock(32), "setlk 1 2 3 4 5 6 true"),
                of(Opcode.SETLKW, lock(33), "setlkw 1 2 3 4 5 6 true"),
                of(Opcode.ACCESS, Wire.request(34).u32(7).u32(0), "access 7"),
                of(Opcode.CREATE, Wire.request(35).u32(1).u32(2).u32(3).u32(4).name("new"), "create new 1 2 3 4 []", created),
                of(Opcode.BMAP, Wire.request(37).u64(1).u32(2).u32(0), "bmap 1 2", Wire.body().u64(61)),
                of(Opcode.DESTROY, Wire.request(38), "destroy"),
                of(Opcode.IOCTL, Wire.request(39).u64(1).u32(2).u32(3).u64(4).u32(2).u32(6).zeros(2), "ioctl 1 2 3 4 2 6",
                        Wire.body().u32(71).zeros(12).bytes(new byte[] {7, 2})),
                of(Opcode.POLL, Wire.request(40).u64(1).u64(2).u32(3).u32(4), "poll 1 4", Wire.body().u32(81).u32(0)),
                of(Opcode.FALLOCATE, Wire.request(43).u64(1).u64(2).u64(3).u32(4).u32(0), "fallocate 1 2 3 4"),
                of(Opcode.READDIRPLUS, Wire.request(44).u64(1).u64(2).u32(4096).u32(0).u64(0).u32(0).u32(0),
                        "readdirplus 1 2 4096",
                        Wire.body().bytes(Wire.entry().toBody()).u64(41).u64(42).u32(2).u32(8).name("ab").zeros(5)),
                of(Opcode.RENAME2, Wire.request(45).u64(5).u32(2).u32(0).name("a").name("b"), "rename a 5 b 2"),
                of(Opcode.LSEEK, Wire.request(46).u64(1).u64(2).u32(3).u32(0), "lseek 1 2 3", Wire.body().u64(91)),
                of(Opcode.COPY_FILE_RANGE, Wire.request(47).u64(1).u64(2).u64(3).u64(4).u64(5).u64(6).u64(7),
                        "copyFileRange 1 2 3 4 5 6 7", Wire.body().u32(92).u32(0)),
                of(Opcode.SYNCFS, Wire.request(50).u64(0), "syncfs"),
                of(Opcode.TMPFILE, Wire.request(51).u32(1).u32(2).u32(3).u32(4).name("/"), "tmpfile 1 2 3 4 []", created),
                of(Opcode.STATX, Wire.request(52).u32(1).u32(0).u64(2).u32(3).u32(4), "statx true 2 3 4",
                        Wire.body().u64(3).u32(4).u32(0).zeros(16).zeros(32).u64(93).zeros(216)));
    }

    private static Wire lock(int opcode) {
        return Wire.request(opcode).u64(1).u64(2).u64(3).u64(4).u32(5).u32(6).u32(1).u32(0);
    }
}
