// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.Tier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Somebody inside the mount, root at that, who wants what the policy keeps from him. Each program prints what each of its attempts came to.
 */
@Tag("vm")
@Timeout(600)
class PolicyAdversaryTest {
    private static final String RULES = """
            rules:
              - {path: /vault, effect: deny}
              - {path: /ghost, effect: hide}
              - {path: /stone, effect: read-only}
              - {path: /house/safe, effect: deny}
            """;

    private static final String PRELUDE = """
            import ctypes, errno, mmap, os, sys
            def attempt(name, call, *arguments, **named):
                try:
                    result = call(*arguments, **named)
                    print(name, 'DID IT', result)
                except OSError as e:
                    print(name, errno.errorcode[e.errno])
            def read(path, flags=os.O_RDONLY, **k):
                fd = os.open(path, flags, **k)
                try:
                    return os.read(fd, 100)
                finally:
                    os.close(fd)
            def write(path, flags=os.O_WRONLY):
                fd = os.open(path, flags)
                try:
                    return os.write(fd, b'changed')
                finally:
                    os.close(fd)
            libc = ctypes.CDLL(None, use_errno=True)
            def check(result):
                if result < 0:
                    raise OSError(ctypes.get_errno(), 'libc')
                return result
            """;

    private static final List<String> FROM_BEFORE = List.of("read EACCES", "write EACCES", "map EACCES", "seek EACCES", "truncate EACCES",
            "reopen EACCES", "open a path EACCES", "list EACCES", "openat EACCES", "list hidden ENOENT", "stat hidden ENOENT",
            "in hidden ENOENT", "make in hidden ENOENT");

    private static void fill(Path below) throws Exception {
        for (String directory : List.of("vault", "ghost", "stone", "house", "free", "free/inner")) {
            Files.createDirectory(below.resolve(directory));
        }
        for (String file : List.of("vault/secret", "ghost/secret", "stone/tablet", "house/safe", "house/chair", "free/file", "free/inner/file")) {
            Files.writeString(below.resolve(file), "content of " + file);
        }
    }

    private static void attack(Tier tier, String program, String expected) throws Exception {
        PolicyScratch.serve(tier, RULES, PolicyAdversaryTest::fill, scratch -> {
            assertThat(scratch.python(PRELUDE + program)).isEqualTo(expected);
            assertIntact(scratch.below());
        });
    }

    private static void assertIntact(Path below) {
        for (String file : List.of("vault/secret", "ghost/secret", "stone/tablet", "house/safe")) {
            assertThat(below.resolve(file)).hasContent("content of " + file);
        }
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void hardLinks(Tier tier) throws Exception {
        attack(tier, """
                attempt('tablet', os.link, 'stone/tablet', 'free/tablet')
                attempt('safe', os.link, 'house/safe', 'free/safe')
                attempt('into', os.link, 'free/file', 'stone/file')
                attempt('onto hidden', os.link, 'free/file', 'ghost')
                fd = os.open('stone/tablet', os.O_RDONLY)
                AT_SYMLINK_FOLLOW, AT_EMPTY_PATH = 0x400, 0x1000
                attempt('descriptor', lambda: check(libc.linkat(-100, b'/proc/self/fd/%d' % fd, -100, b'free/tablet', AT_SYMLINK_FOLLOW)))
                attempt('empty path', lambda: check(libc.linkat(fd, b'', -100, b'free/tablet', AT_EMPTY_PATH)))
                print(sorted(os.listdir('free')))
                """, """
                tablet EROFS
                safe EACCES
                into EROFS
                onto hidden EACCES
                descriptor EROFS
                empty path EROFS
                ['file', 'inner']
                """);
    }

    /** A link that is made below by others: protected as soon as the protected name is known too. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void hardLinksBelow(Tier tier) throws Exception {
        PolicyScratch.serve(tier, RULES, below -> {
            fill(below);
            Files.createLink(below.resolve("free/tablet"), below.resolve("stone/tablet"));
        }, scratch -> {
            assertThat(scratch.python(PRELUDE + """
                    fd = os.open('free/tablet', os.O_RDWR)
                    os.stat('stone/tablet')
                    attempt('open again', write, 'free/tablet')
                    attempt('truncate', os.ftruncate, fd, 0)
                    attempt('truncate by name', os.truncate, 'free/tablet', 0)
                    attempt('unlink', os.unlink, 'free/tablet')
                    """)).isEqualTo("""
                    open again EROFS
                    truncate EROFS
                    truncate by name EROFS
                    unlink DID IT None
                    """);
            assertIntact(scratch.below());
        });
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void symbolicLinksAndDots(Tier tier) throws Exception {
        attack(tier, """
                for number, target in enumerate(('../vault/secret', '../ghost/secret', '../house/safe', '../free/../vault/secret', os.path.abspath('vault/secret'))):
                    os.symlink(target, f'free/{number}')
                    attempt(target if target[0] == '.' else 'absolute', read, f'free/{number}')
                attempt('write', write, 'free/inner/../../stone/tablet')
                attempt('dots', read, 'free/inner/../../vault/secret')
                os.chdir('free/inner')
                attempt('from below', read, '../../house/safe')
                attempt('hidden from below', os.stat, '../../ghost/../free')
                """, """
                ../vault/secret EACCES
                ../ghost/secret ENOENT
                ../house/safe EACCES
                ../free/../vault/secret EACCES
                absolute EACCES
                write EROFS
                dots EACCES
                from below EACCES
                hidden from below ENOENT
                """);
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void renames(Tier tier) throws Exception {
        attack(tier, """
                RENAME_EXCHANGE = 2
                exchange = lambda a, b: check(libc.renameat2(-100, a, -100, b, RENAME_EXCHANGE))
                attempt('away', os.rename, 'vault', 'free/vault')
                attempt('tablet', os.rename, 'stone/tablet', 'free/tablet')
                attempt('over', os.rename, 'free/file', 'stone/tablet')
                attempt('the house', os.rename, 'house', 'free/house')
                attempt('exchange', exchange, b'free', b'house')
                attempt('exchange names', exchange, b'free/file', b'stone/tablet')
                attempt('onto hidden', os.rename, 'free', 'ghost')
                attempt('exchange hidden', exchange, b'free', b'ghost')
                attempt('remove', os.rmdir, 'stone')
                """, """
                away EACCES
                tablet EROFS
                over EROFS
                the house EXDEV
                exchange EXDEV
                exchange names EROFS
                onto hidden EACCES
                exchange hidden ENOENT
                remove EROFS
                """);
    }

    /** A name that is swapped all the time between a free file and a way to a protected one: no open brings the secret. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void renameRaces(Tier tier) throws Exception {
        attack(tier, """
                import threading
                os.symlink('../vault/secret', 'free/link')
                ending = False
                def swap():
                    while not ending:
                        check(libc.renameat2(-100, b'free/file', -100, b'free/link', 2))
                        for source, target in (('free/inner', 'house/inner'), ('house/inner', 'free/inner')):
                            os.rename(source, target)
                thread = threading.Thread(target=swap)
                thread.start()
                seen = set()
                for i in range(400):
                    for path in ('free/file', 'free/link', 'house/inner/../safe', 'free/inner/../../vault/secret'):
                        try:
                            seen.add(read(path).decode())
                        except OSError as e:
                            seen.add(errno.errorcode[e.errno])
                ending = True
                thread.join()
                print(sorted(seen - {'ENOENT'}))
                """, "['EACCES', 'content of free/file']\n");
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void descriptorsThatOpenNothing(Tier tier) throws Exception {
        attack(tier, """
                fd = os.open('stone/tablet', os.O_RDONLY)
                attempt('reopen', write, f'/proc/self/fd/{fd}')
                attempt('chmod', os.chmod, f'/proc/self/fd/{fd}', 0o777)
                attempt('truncate', os.truncate, f'/proc/self/fd/{fd}', 0)
                attempt('map', mmap.mmap, fd, 1, mmap.MAP_SHARED, mmap.PROT_WRITE)
                attempt('path', os.open, 'house/safe', os.O_PATH)
                directory = os.open('vault', os.O_PATH)
                attempt('below a path', read, 'secret', dir_fd=directory)
                attempt('list a path', os.listdir, f'/proc/self/fd/{directory}')
                """, """
                reopen EROFS
                chmod EROFS
                truncate EROFS
                map EACCES
                path DID IT 4
                below a path EACCES
                list a path EACCES
                """);
    }

    /** What was opened or entered before a change. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void handlesFromBefore(Tier tier) throws Exception {
        PolicyScratch.serve(tier, "rules: []", PolicyAdversaryTest::fill, scratch -> {
            Path ready = scratch.below().resolve("ready");
            Path go = scratch.below().resolve("go");
            Process adversary = Command.start(List.of("python3", "-c", PRELUDE + """
                    os.chdir(sys.argv[1])
                    secret, path = os.open('vault/secret', os.O_RDWR), os.open('vault/secret', os.O_PATH)
                    vault, ghost = os.open('vault', os.O_RDONLY), os.open('ghost', os.O_RDONLY)
                    os.listdir(ghost)
                    os.read(secret, 100)
                    os.chdir('ghost')
                    open(sys.argv[2], 'w').close()
                    import time
                    while not os.path.exists(sys.argv[3]):
                        time.sleep(0.01)
                    attempt('read', os.pread, secret, 100, 0)
                    attempt('write', os.pwrite, secret, b'changed', 0)
                    attempt('map', mmap.mmap, secret, 1, mmap.MAP_SHARED, mmap.PROT_READ)
                    attempt('seek', os.lseek, secret, 0, os.SEEK_DATA)
                    attempt('truncate', os.ftruncate, secret, 0)
                    attempt('reopen', read, f'/proc/self/fd/{secret}')
                    attempt('open a path', read, f'/proc/self/fd/{path}')
                    attempt('list', os.listdir, vault)
                    attempt('openat', read, 'secret', dir_fd=vault)
                    attempt('list hidden', os.listdir, ghost)
                    attempt('stat hidden', os.fstat, ghost)
                    attempt('in hidden', read, 'secret')
                    attempt('make in hidden', os.mkdir, 'new')
                    """, scratch.above().toString(), ready.toString(), go.toString()));
            Waiting.until(() -> Files.exists(ready) || !adversary.isAlive(), "the adversary does not begin");
            scratch.replace(RULES);
            Files.createFile(go);
            String printed = new String(adversary.getInputStream().readAllBytes());
            String errors = new String(adversary.getErrorStream().readAllBytes());
            assertThat(adversary.waitFor()).as(errors).isZero();

            assertThat(printed.lines().filter(line -> !line.matches(notAsked(tier)))).containsExactlyElementsOf(
                    FROM_BEFORE.stream().filter(line -> !line.matches(notAsked(tier))).toList());
            if (tier != Tier.PASSTHROUGH) {
                assertIntact(scratch.below());
            }
            Files.delete(ready);
            Files.delete(go);
        });
    }

    /** Attempts that a tier cannot stop: see docs/policy.md. */
    private static String notAsked(Tier tier) {
        return switch (tier) {
            case PLAIN -> "map .*";
            case PASSTHROUGH -> "(read|write|map|seek) .*";
            case EXTENSION -> "";
        };
    }

    /** Rules are about bytes: what only looks alike is another name, and finds nothing on a file system that tells them apart. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void lookAlikes(Tier tier) throws Exception {
        attack(tier, """
                for name in ('VAULT', 'Vault', 'va\\u0075lt\\u200b', '\\uff56ault', 'ghos\\u0442', 'vault ', 'vault\\u0301'):
                    attempt(ascii(name), os.stat, name)
                attempt('exact', os.listdir, b'vault')
                attempt('slashes', os.listdir, b'.//vault///')
                """, """
                'VAULT' ENOENT
                'Vault' ENOENT
                'vault\\u200b' ENOENT
                '\\uff56ault' ENOENT
                'ghos\\u0442' ENOENT
                'vault ' ENOENT
                'vault\\u0301' ENOENT
                exact EACCES
                slashes EACCES
                """);
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void bindMounts(Tier tier) throws Exception {
        attack(tier, """
                import subprocess, tempfile
                def bound(source):
                    target = tempfile.mkdtemp()
                    subprocess.run(['mount', '--bind', source, target], check=True)
                    return target
                house, stone = bound('house'), bound('stone')
                attempt('safe', read, house + '/safe')
                attempt('tablet', write, stone + '/tablet')
                attempt('unlink', os.unlink, stone + '/tablet')
                attempt('move', os.rename, stone + '/tablet', stone + '/table')
                attempt('chair', read, house + '/chair')
                for target in (house, stone):
                    subprocess.run(['umount', target], check=True)
                    os.rmdir(target)
                """, """
                safe EACCES
                tablet EROFS
                unlink EROFS
                move EROFS
                chair DID IT b'content of house/chair'
                """);
    }

    /** Kernel interfaces that act on a file by other ways than read and write. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void otherWays(Tier tier) throws Exception {
        attack(tier, """
                out = os.open('free/file', os.O_RDWR)
                tablet = os.open('stone/tablet', os.O_RDONLY)
                attempt('copy in', os.copy_file_range, out, tablet, 5)
                attempt('allocate', os.posix_fallocate, tablet, 0, 10)
                attempt('xattr', os.setxattr, 'stone/tablet', 'user.a', b'b')
                attempt('times', os.utime, 'stone/tablet', (1, 1))
                attempt('owner', os.chown, 'stone/tablet', 1, 1)
                attempt('list xattr', os.listxattr, 'house/safe')
                attempt('unnamed', os.open, 'stone', os.O_TMPFILE | os.O_RDWR, 0o600)
                attempt('device', os.mknod, 'ghost')
                attempt('truncating open', os.open, 'stone/tablet', os.O_RDONLY | os.O_TRUNC)
                attempt('exec', os.execv, 'house/safe', ['safe'])
                """, """
                copy in EBADF
                allocate EBADF
                xattr EROFS
                times EROFS
                owner EROFS
                list xattr EACCES
                unnamed EROFS
                device EACCES
                truncating open EROFS
                exec EACCES
                """);
    }
}
