// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.stackfs.StackOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What processes that use the same files through one mount see of each other: locks, mappings, notifications. Each program runs on the
 * mount and on a tree beside it, and has to print the same.
 */
@Tag("vm")
@Timeout(600)
class SharedFilesTest {
    private static final StackOptions KEEP = StackOptions.DEFAULT.withTimeouts(3600, 3600);

    private static final String LOCKS = """
            import fcntl, os, struct
            F_OFD_SETLK = 37

            def range_lock(fd, command, kind, start, length):
                try:
                    fcntl.fcntl(fd, command, struct.pack('hhqqi4x', kind, 0, start, length, 0))
                    return 'locked'
                except BlockingIOError:
                    return 'refused'

            def whole_lock(fd, operation):
                try:
                    fcntl.flock(fd, operation | fcntl.LOCK_NB)
                    return 'locked'
                except BlockingIOError:
                    return 'refused'

            def other_process(work):
                reading, writing = os.pipe()
                if os.fork() == 0:
                    file = os.open('file', os.O_RDWR)
                    os.write(writing, work(file).encode())
                    os._exit(0)
                os.close(writing)
                said = os.read(reading, 100).decode()
                os.close(reading)
                os.wait()
                return said

            first, second = os.open('file', os.O_RDWR), os.open('file', os.O_RDWR)
            print('flock', whole_lock(first, fcntl.LOCK_EX), whole_lock(second, fcntl.LOCK_SH),
                  other_process(lambda fd: whole_lock(fd, fcntl.LOCK_SH)))
            print('shared', whole_lock(first, fcntl.LOCK_SH), other_process(lambda fd: whole_lock(fd, fcntl.LOCK_SH)),
                  other_process(lambda fd: whole_lock(fd, fcntl.LOCK_EX)))
            os.close(first)
            print('closed', other_process(lambda fd: whole_lock(fd, fcntl.LOCK_EX)))

            print('POSIX', range_lock(second, fcntl.F_SETLK, fcntl.F_WRLCK, 0, 10),
                  other_process(lambda fd: range_lock(fd, fcntl.F_SETLK, fcntl.F_RDLCK, 5, 10)),
                  other_process(lambda fd: range_lock(fd, fcntl.F_SETLK, fcntl.F_RDLCK, 10, 10)))
            conflict = other_process(lambda fd: str(struct.unpack('hhqqi4x',
                fcntl.fcntl(fd, fcntl.F_GETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0)))[:4]))
            print('in the way', conflict)
            third = os.open('file', os.O_RDWR)
            os.close(third)
            print('any close gives up', other_process(lambda fd: range_lock(fd, fcntl.F_SETLK, fcntl.F_WRLCK, 0, 10)))

            third = os.open('file', os.O_RDWR)
            print('OFD', range_lock(second, F_OFD_SETLK, fcntl.F_WRLCK, 0, 10), range_lock(third, F_OFD_SETLK, fcntl.F_WRLCK, 0, 10),
                  other_process(lambda fd: range_lock(fd, fcntl.F_SETLK, fcntl.F_WRLCK, 0, 10)))
            os.close(os.open('file', os.O_RDWR))
            print('kept', other_process(lambda fd: range_lock(fd, F_OFD_SETLK, fcntl.F_WRLCK, 0, 10)))
            os.close(second)
            print('given up', range_lock(third, F_OFD_SETLK, fcntl.F_WRLCK, 0, 10))
            """;

    /** A handle of CREATE is the daemon's, those of later opens are redirected ones. */
    private static final String MAPPINGS = """
            import mmap, os
            created = os.open('new', os.O_RDWR | os.O_CREAT | os.O_EXCL)
            os.ftruncate(created, 8192)
            opened = os.open('new', os.O_RDWR)
            for name, writer, reader in (('created', created, opened), ('opened', opened, created)):
                with mmap.mmap(writer, 8192) as one, mmap.mmap(reader, 8192) as other:
                    one[0:7] = name.encode().ljust(7)
                    print('stored, seen mapped', bytes(other[0:7]))
                    print('stored, seen read', os.pread(reader, 7, 0), os.pread(writer, 7, 0))
                    os.pwrite(reader, b'written', 4090)
                    print('written, seen mapped', bytes(one[4090:4097]), bytes(other[4090:4097]))
            private = mmap.mmap(opened, 8192, flags=mmap.MAP_PRIVATE)
            private[0:4] = b'mine'
            print('private', os.pread(opened, 4, 0))
            os.unlink('new')
            with mmap.mmap(created, 8192) as one:
                one[100:104] = b'gone'
                print('unlinked', os.pread(opened, 4, 100), os.fstat(opened).st_nlink)
            os.ftruncate(opened, 4096)
            print('truncated', os.fstat(created).st_size, len(os.pread(created, 8192, 0)))
            """;

    private static final String NOTIFICATIONS = """
            import ctypes, os, struct
            libc = ctypes.CDLL(None, use_errno=True)
            watch = libc.inotify_init1(os.O_NONBLOCK)
            NAMES = {1: 'access', 2: 'modify', 4: 'attrib', 8: 'close_write', 0x10: 'close_nowrite', 0x20: 'open', 0x40: 'moved_from',
                     0x80: 'moved_to', 0x100: 'create', 0x200: 'delete', 0x400: 'delete_self', 0x800: 'move_self'}
            libc.inotify_add_watch(watch, b'.', 0xfff)

            def told(what):
                events = []
                try:
                    data = os.read(watch, 65536)
                except BlockingIOError:
                    data = b''
                while data:
                    _, mask, _, length = struct.unpack_from('iIII', data)
                    name = data[16:16 + length].rstrip(b'\\0').decode()
                    events.append('+'.join(n for bit, n in NAMES.items() if mask & bit) + (' ' + name if name else ''))
                    data = data[16 + length:]
                print(what, events)

            fd = os.open('file', os.O_RDWR)
            told('open')
            os.pread(fd, 10, 0)
            told('read')
            os.pwrite(fd, b'x', 0)
            told('write')
            os.ftruncate(fd, 100)
            told('truncate')
            os.close(fd)
            told('close')
            os.chmod('file', 0o640)
            os.utime('file', (1, 2))
            told('attributes')
            os.setxattr('file', 'user.x', b'y')
            os.removexattr('file', 'user.x')
            told('extended attributes')
            os.link('file', 'link')
            told('link')
            os.rename('link', 'moved')
            told('rename')
            os.rename('moved', 'directory/moved')
            told('rename away')
            os.unlink('file')
            os.rmdir('empty')
            told('remove')
            open('new', 'w').close()
            os.mkdir('made')
            os.symlink('new', 'symlink')
            told('make')
            os.listdir('directory')
            told('list')
            """;

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4"})
    void locksHoldBetweenProcesses(String fileSystem) throws Exception {
        serve(fileSystem, sides -> {
            RequestCounts before = RequestCounts.of(sides.mount());
            String printed = sides.python(LOCKS);

            assertThat(printed)
                    .contains("flock locked refused refused", "POSIX locked refused locked", "OFD locked refused refused", "given up locked");
            RequestCounts counts = RequestCounts.of(sides.mount()).since(before);
            for (String opcode : List.of("OPEN", "FLUSH", "RELEASE", "GETLK", "SETLK", "SETLKW")) {
                assertThat(counts.upcalls(opcode)).as(opcode).isZero();
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void mappingsOfAllHandlesAreOne(String fileSystem) throws Exception {
        serve(fileSystem, sides -> assertThat(sides.python(MAPPINGS)).contains(
                "stored, seen mapped b'created'", "written, seen mapped b'written' b'written'", "unlinked b'gone' 0", "truncated 4096 4096"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4"})
    void whatHappensThroughTheMountIsNotifiedOnIt(String fileSystem) throws Exception {
        serve(fileSystem, sides -> assertThat(sides.python(NOTIFICATIONS))
                .contains("write ['modify file']", "rename ['moved_from link', 'moved_to moved']", "delete file"));
    }

    private static void serve(String fileSystem, BothSides.Work work) throws Exception {
        BothSides.serve(fileSystem, KEEP, SharedFilesTest::fill, sides -> {
            sides.warm();
            work.accept(sides);
        });
    }

    private static void fill(Path directory) throws Exception {
        Files.write(directory.resolve("file"), SampleTree.content(1, 1000));
        Files.createDirectory(directory.resolve("directory"));
        Files.createDirectory(directory.resolve("empty"));
    }
}
