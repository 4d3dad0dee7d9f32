// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Numbers, sizes and offsets in this package are those of the C headers, as the compiler sees them. */
class UapiTest {
    @TempDir
    Path directory;

    /** C expression to Java value, by group. */
    private final Map<String, Map<String, Long>> groups = new LinkedHashMap<>();
    private Map<String, Long> group;

    private void group(String name) {
        group = new LinkedHashMap<>();
        groups.put(name, group);
    }

    private void value(String expression, long java) {
        group.put(expression, java);
    }

    /** Fields of an argument structure: {@code field, offset} pairs counted from the start of the frame. */
    private void struct(String name, int start, int size, Object... fieldsAndOffsets) {
        group(name);
        value("sizeof(struct " + name + ")", size);
        for (int i = 0; i < fieldsAndOffsets.length; i += 2) {
            value("offsetof(struct " + name + ", " + fieldsAndOffsets[i] + ")", (Integer) fieldsAndOffsets[i + 1] - start);
        }
    }

    private void in(String name, int end, Object... fieldsAndOffsets) {
        struct(name, Request.HEADER_SIZE, end - Request.HEADER_SIZE, fieldsAndOffsets);
    }

    private void out(String name, int size, Object... fieldsAndOffsets) {
        struct(name, Reply.HEADER_SIZE, size, fieldsAndOffsets);
    }

    /** All {@code static final} numbers of a class, under {@code prefix}. */
    private void constants(Class<?> type, String prefix, List<String> except) throws IllegalAccessException {
        group(type.getSimpleName());
        for (Field field : type.getFields()) {
            if (field.getType().isPrimitive() && !except.contains(field.getName())) {
                value(prefix + field.getName(), ((Number) field.get(null)).longValue());
            }
        }
    }

    @TestFactory
    List<DynamicTest> fuseHeader() throws Exception {
        constants(Opcode.class, "FUSE_", List.of("COUNT"));
        constants(InitFlags.class, "FUSE_", List.of("BPF"));
        flags();
        requests();
        replies();
        device();
        return tests(CHeader.find("linux/fuse.h"));
    }

    private void flags() {
        group("SetAttrRequest flags");
        value("FATTR_MODE", SetAttrRequest.MODE);
        value("FATTR_UID", SetAttrRequest.UID_SET);
        value("FATTR_GID", SetAttrRequest.GID_SET);
        value("FATTR_SIZE", SetAttrRequest.SIZE);
        value("FATTR_ATIME", SetAttrRequest.ATIME);
        value("FATTR_MTIME", SetAttrRequest.MTIME);
        value("FATTR_FH", SetAttrRequest.FH);
        value("FATTR_ATIME_NOW", SetAttrRequest.ATIME_NOW);
        value("FATTR_MTIME_NOW", SetAttrRequest.MTIME_NOW);
        value("FATTR_LOCKOWNER", SetAttrRequest.LOCK_OWNER);
        value("FATTR_CTIME", SetAttrRequest.CTIME);
        value("FATTR_KILL_SUIDGID", SetAttrRequest.KILL_SUIDGID);

        group("OpenReply flags");
        value("FOPEN_DIRECT_IO", OpenReply.DIRECT_IO);
        value("FOPEN_KEEP_CACHE", OpenReply.KEEP_CACHE);
        value("FOPEN_NONSEEKABLE", OpenReply.NONSEEKABLE);
        value("FOPEN_CACHE_DIR", OpenReply.CACHE_DIR);
        value("FOPEN_STREAM", OpenReply.STREAM);
        value("FOPEN_NOFLUSH", OpenReply.NOFLUSH);
        value("FOPEN_PARALLEL_DIRECT_WRITES", OpenReply.PARALLEL_DIRECT_WRITES);
        value("FOPEN_PASSTHROUGH", OpenReply.PASSTHROUGH);

        group("flags of other requests");
        value("FUSE_ROOT_ID", Request.ROOT_ID);
        value("FUSE_GETATTR_FH", GetAttrRequest.FLAG_FH);
        value("FUSE_RELEASE_FLUSH", ReleaseRequest.FLUSH);
        value("FUSE_RELEASE_FLOCK_UNLOCK", ReleaseRequest.FLOCK_UNLOCK);
        value("FUSE_LK_FLOCK", LockRequest.FLOCK);
        value("FUSE_WRITE_CACHE", WriteRequest.CACHE);
        value("FUSE_WRITE_LOCKOWNER", WriteRequest.LOCK_OWNER_VALID);
        value("FUSE_WRITE_KILL_SUIDGID", WriteRequest.KILL_SUIDGID);
        value("FUSE_READ_LOCKOWNER", ReadRequest.LOCK_OWNER_VALID);
        value("FUSE_IOCTL_DIR", IoctlRequest.DIR);
        value("FUSE_FSYNC_FDATASYNC", FsyncRequest.FDATASYNC);
        value("FUSE_OPEN_KILL_SUIDGID", OpenRequest.KILL_SUIDGID);
        value("FUSE_SETXATTR_ACL_KILL_SGID", SetXattrRequest.ACL_KILL_SGID);

        group("notifications and extensions");
        value("FUSE_NOTIFY_INVAL_INODE", Notifier.INVAL_INODE);
        value("FUSE_NOTIFY_INVAL_ENTRY", Notifier.INVAL_ENTRY);
        value("FUSE_NOTIFY_STORE", Notifier.STORE);
        value("FUSE_NOTIFY_RETRIEVE", Notifier.RETRIEVE);
        value("FUSE_NOTIFY_DELETE", Notifier.DELETE);
        value("FUSE_NOTIFY_RESEND", Notifier.RESEND);
        value("FUSE_EXPIRE_ONLY", Notifier.EXPIRE_ONLY);
        value("FUSE_EXT_GROUPS", Extensions.GROUPS);
    }

    private void requests() {
        struct("fuse_in_header", 0, Request.HEADER_SIZE, "len", Request.LEN, "opcode", Request.OPCODE, "unique", Request.UNIQUE,
                "nodeid", Request.NODEID, "uid", Request.UID, "gid", Request.GID, "pid", Request.PID, "total_extlen",
                Request.TOTAL_EXTLEN);
        in("fuse_init_in", InitRequest.SIZE, "major", InitRequest.MAJOR, "minor", InitRequest.MINOR, "max_readahead",
                InitRequest.MAX_READAHEAD, "flags", InitRequest.FLAGS, "flags2", InitRequest.FLAGS2);
        in("fuse_getattr_in", GetAttrRequest.SIZE, "getattr_flags", GetAttrRequest.FLAGS, "fh", GetAttrRequest.FH);
        in("fuse_setattr_in", SetAttrRequest.ARGUMENTS_END, "valid", SetAttrRequest.VALID_AT, "fh", SetAttrRequest.FH_AT,
                "size", SetAttrRequest.SIZE_AT, "lock_owner", SetAttrRequest.LOCK_OWNER_AT, "atime", SetAttrRequest.ATIME_AT,
                "mtime", SetAttrRequest.MTIME_AT, "ctime", SetAttrRequest.CTIME_AT, "atimensec", SetAttrRequest.ATIMENSEC_AT,
                "mtimensec", SetAttrRequest.MTIMENSEC_AT, "ctimensec", SetAttrRequest.CTIMENSEC_AT, "mode",
                SetAttrRequest.MODE_AT, "uid", SetAttrRequest.UID_AT, "gid", SetAttrRequest.GID_AT);
        in("fuse_mknod_in", MknodRequest.NAME, "mode", MknodRequest.MODE, "rdev", MknodRequest.RDEV, "umask",
                MknodRequest.UMASK);
        in("fuse_mkdir_in", MkdirRequest.NAME, "mode", MkdirRequest.MODE, "umask", MkdirRequest.UMASK);
        in("fuse_rename_in", RenameRequest.NAMES, "newdir", RenameRequest.NEWDIR);
        in("fuse_rename2_in", RenameRequest.NAMES_2, "newdir", RenameRequest.NEWDIR, "flags", RenameRequest.FLAGS);
        in("fuse_link_in", LinkRequest.NAME, "oldnodeid", LinkRequest.OLDNODEID);
        in("fuse_open_in", OpenRequest.SIZE, "flags", OpenRequest.FLAGS, "open_flags", OpenRequest.OPEN_FLAGS);
        in("fuse_create_in", CreateRequest.NAME, "flags", CreateRequest.FLAGS, "mode", CreateRequest.MODE, "umask",
                CreateRequest.UMASK, "open_flags", CreateRequest.OPEN_FLAGS);
        in("fuse_release_in", ReleaseRequest.SIZE, "fh", ReleaseRequest.FH, "flags", ReleaseRequest.FLAGS, "release_flags",
                ReleaseRequest.RELEASE_FLAGS, "lock_owner", ReleaseRequest.LOCK_OWNER);
        in("fuse_flush_in", FlushRequest.SIZE, "fh", FlushRequest.FH, "lock_owner", FlushRequest.LOCK_OWNER);
        in("fuse_read_in", ReadRequest.ARGUMENTS_END, "fh", ReadRequest.FH, "offset", ReadRequest.OFFSET, "size",
                ReadRequest.SIZE_AT, "read_flags", ReadRequest.READ_FLAGS, "lock_owner", ReadRequest.LOCK_OWNER, "flags",
                ReadRequest.FLAGS);
        in("fuse_write_in", WriteRequest.DATA, "fh", WriteRequest.FH, "offset", WriteRequest.OFFSET, "size",
                WriteRequest.SIZE_AT, "write_flags", WriteRequest.WRITE_FLAGS, "lock_owner", WriteRequest.LOCK_OWNER, "flags",
                WriteRequest.FLAGS);
        in("fuse_fsync_in", FsyncRequest.SIZE, "fh", FsyncRequest.FH, "fsync_flags", FsyncRequest.FSYNC_FLAGS);
        in("fuse_setxattr_in", SetXattrRequest.NAME, "size", SetXattrRequest.SIZE_AT, "flags", SetXattrRequest.FLAGS,
                "setxattr_flags", SetXattrRequest.SETXATTR_FLAGS);
        value("FUSE_COMPAT_SETXATTR_IN_SIZE", SetXattrRequest.COMPAT_NAME - Request.HEADER_SIZE);
        in("fuse_getxattr_in", GetXattrRequest.NAME, "size", GetXattrRequest.SIZE_AT);
        in("fuse_lk_in", LockRequest.SIZE, "fh", LockRequest.FH, "owner", LockRequest.OWNER, "lk.start", LockRequest.START,
                "lk.end", LockRequest.END, "lk.type", LockRequest.TYPE, "lk.pid", LockRequest.LOCK_PID, "lk_flags",
                LockRequest.LK_FLAGS);
        in("fuse_access_in", AccessRequest.SIZE, "mask", AccessRequest.MASK);
        in("fuse_bmap_in", BmapRequest.SIZE, "block", BmapRequest.BLOCK, "blocksize", BmapRequest.BLOCKSIZE);
        in("fuse_ioctl_in", IoctlRequest.DATA, "fh", IoctlRequest.FH, "flags", IoctlRequest.FLAGS, "cmd", IoctlRequest.CMD,
                "arg", IoctlRequest.ARG, "in_size", IoctlRequest.IN_SIZE, "out_size", IoctlRequest.OUT_SIZE);
        in("fuse_poll_in", PollRequest.SIZE, "fh", PollRequest.FH, "kh", PollRequest.KH, "flags", PollRequest.FLAGS, "events",
                PollRequest.EVENTS);
        in("fuse_fallocate_in", FallocateRequest.SIZE, "fh", FallocateRequest.FH, "offset", FallocateRequest.OFFSET, "length",
                FallocateRequest.LENGTH, "mode", FallocateRequest.MODE);
        in("fuse_lseek_in", LseekRequest.SIZE, "fh", LseekRequest.FH, "offset", LseekRequest.OFFSET, "whence",
                LseekRequest.WHENCE);
        in("fuse_copy_file_range_in", CopyFileRangeRequest.SIZE, "fh_in", CopyFileRangeRequest.FH_IN, "off_in",
                CopyFileRangeRequest.OFF_IN, "nodeid_out", CopyFileRangeRequest.NODEID_OUT, "fh_out",
                CopyFileRangeRequest.FH_OUT, "off_out", CopyFileRangeRequest.OFF_OUT, "len", CopyFileRangeRequest.LEN_AT,
                "flags", CopyFileRangeRequest.FLAGS);
        in("fuse_statx_in", StatxRequest.SIZE, "getattr_flags", StatxRequest.GETATTR_FLAGS, "fh", StatxRequest.FH, "sx_flags",
                StatxRequest.SX_FLAGS, "sx_mask", StatxRequest.SX_MASK);
        in("fuse_notify_retrieve_in", RetrievedRequest.DATA, "offset", RetrievedRequest.OFFSET, "size",
                RetrievedRequest.SIZE_AT);
    }

    private void replies() {
        struct("fuse_out_header", 0, Reply.HEADER_SIZE, "len", Reply.LEN, "error", Reply.ERROR, "unique", Reply.UNIQUE);
        struct("fuse_attr", 0, Attributes.SIZE, "ino", Attributes.INO, "size", Attributes.SIZE_AT, "blocks", Attributes.BLOCKS,
                "atime", Attributes.ATIME, "mtime", Attributes.MTIME, "ctime", Attributes.CTIME, "atimensec",
                Attributes.ATIMENSEC, "mtimensec", Attributes.MTIMENSEC, "ctimensec", Attributes.CTIMENSEC, "mode",
                Attributes.MODE, "nlink", Attributes.NLINK, "uid", Attributes.UID, "gid", Attributes.GID, "rdev",
                Attributes.RDEV, "blksize", Attributes.BLKSIZE, "flags", Attributes.FLAGS);
        struct("fuse_entry_out", 0, EntryReply.SIZE, "nodeid", EntryReply.NODEID, "generation", EntryReply.GENERATION,
                "entry_valid", EntryReply.ENTRY_VALID, "attr_valid", EntryReply.ATTR_VALID, "entry_valid_nsec",
                EntryReply.ENTRY_VALID_NSEC, "attr_valid_nsec", EntryReply.ATTR_VALID_NSEC, "attr", EntryReply.ATTR);
        out("fuse_attr_out", AttrReply.SIZE, "attr_valid", AttrReply.ATTR_VALID, "attr_valid_nsec", AttrReply.ATTR_VALID_NSEC,
                "attr", AttrReply.ATTR);
        struct("fuse_open_out", 0, OpenReply.SIZE, "fh", OpenReply.FH, "open_flags", OpenReply.OPEN_FLAGS, "backing_id",
                OpenReply.BACKING_ID);
        out("fuse_write_out", WriteReply.SIZE, "size", WriteReply.SIZE_AT);
        out("fuse_statfs_out", StatfsReply.SIZE, "st.blocks", StatfsReply.BLOCKS, "st.bfree", StatfsReply.BFREE, "st.bavail",
                StatfsReply.BAVAIL, "st.files", StatfsReply.FILES, "st.ffree", StatfsReply.FFREE, "st.bsize", StatfsReply.BSIZE,
                "st.namelen", StatfsReply.NAMELEN, "st.frsize", StatfsReply.FRSIZE);
        out("fuse_getxattr_out", XattrReply.SIZE, "size", XattrReply.SIZE_AT);
        out("fuse_lk_out", LockReply.SIZE, "lk.start", LockReply.START, "lk.end", LockReply.END, "lk.type", LockReply.TYPE,
                "lk.pid", LockReply.PID);
        out("fuse_bmap_out", BmapReply.SIZE, "block", BmapReply.BLOCK);
        out("fuse_ioctl_out", IoctlReply.SIZE, "result", IoctlReply.RESULT);
        out("fuse_poll_out", PollReply.SIZE, "revents", PollReply.REVENTS);
        out("fuse_lseek_out", LseekReply.SIZE, "offset", LseekReply.OFFSET);
        out("fuse_statx_out", StatxReply.SIZE, "attr_valid", StatxReply.ATTR_VALID, "attr_valid_nsec",
                StatxReply.ATTR_VALID_NSEC, "flags", StatxReply.FLAGS, "stat", StatxReply.STAT, "stat.ino",
                StatxReply.STATX_INO);
        value("sizeof(struct fuse_statx)", StatxReply.STATX_SIZE);
        struct("fuse_dirent", 0, DirectoryReply.NAME, "ino", DirectoryReply.INO, "off", DirectoryReply.OFF, "namelen",
                DirectoryReply.NAMELEN, "type", DirectoryReply.TYPE, "name", DirectoryReply.NAME);
        group("fuse_init_out");
        value("sizeof(struct fuse_init_out)", Handshake.SIZE);
        value("FUSE_COMPAT_22_INIT_OUT_SIZE", Handshake.COMPAT_22_SIZE);
        value("FUSE_KERNEL_VERSION", Handshake.MAJOR);
    }

    private void device() {
        group("device");
        value("FUSE_DEV_IOC_CLONE", DeviceIoctls.CLONE);
        value("FUSE_DEV_IOC_BACKING_OPEN", DeviceIoctls.BACKING_OPEN);
        value("FUSE_DEV_IOC_BACKING_CLOSE", DeviceIoctls.BACKING_CLOSE);
        value("sizeof(struct fuse_backing_map)", DeviceIoctls.BACKING_MAP_SIZE);
    }

    @TestFactory
    List<DynamicTest> fuseBpfHeader() throws Exception {
        group("fuse_bpf.h");
        value("FUSE_BPF", InitFlags.BPF);
        value("FUSE_BPF_OPCODES", Opcode.COUNT);
        return tests(new CHeader(Path.of("../kernel/files/include/uapi/linux/fuse_bpf.h")));
    }

    private List<DynamicTest> tests(CHeader header) throws IOException, InterruptedException {
        assumeTrue(CHeader.hasCompiler(), "no C compiler (cc) to ask");
        List<String> present = new ArrayList<>();
        groups.values().forEach(values -> values.keySet().stream().filter(e -> header.missingIn(e) == null)
                .forEach(present::add));
        Map<String, Long> c = header.evaluate(present, directory);

        List<DynamicTest> tests = new ArrayList<>();
        groups.forEach((name, java) -> tests.add(DynamicTest.dynamicTest(name, () -> compare(java, c, header))));
        groups.clear();
        return tests;
    }

    /** Whatever the header has must agree; what it has not, because it is older, is a reason to skip the rest. */
    private static void compare(Map<String, Long> java, Map<String, Long> c, CHeader header) {
        TreeSet<String> missing = new TreeSet<>();
        java.forEach((expression, value) -> {
            if (c.containsKey(expression)) {
                assertThat(value).as(expression).isEqualTo(c.get(expression));
            } else {
                missing.add(header.missingIn(expression));
            }
        });
        assumeTrue(missing.isEmpty(), header + " is older than protocol 7.41 and lacks " + String.join(", ", missing)
                + "; set " + CHeader.DIRECTORY_VARIABLE + " to the include directory of a newer one");
    }

    @Test
    void everyOpcodeHasItsOwnName() throws IllegalAccessException {
        for (Field field : Opcode.class.getFields()) {
            if (field.getType() == int.class && !field.getName().equals("COUNT")) {
                assertThat(Opcode.name(field.getInt(null))).isEqualTo(field.getName());
                assertThat(Opcode.byName(field.getName())).isEqualTo(field.getInt(null));
            }
        }
        assertThat(Opcode.name(7)).isEqualTo(Opcode.OTHER);
        assertThat(Opcode.byName("NONSENSE")).isEqualTo(-1);
    }
}
