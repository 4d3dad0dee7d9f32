// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;

/**
 * The C library as JNR binds it: raw results, errno kept per thread by JNR. Everything else in this package wraps
 * it; nothing outside the package calls it. (It is public because JNR implements it in a class loader of its own.)
 *
 * <p>Java {@code long} stands for {@code long}, {@code size_t}, {@code off_t} and addresses, all 64 bits wide here.
 * Names are NUL-terminated byte arrays.
 */
public interface LibC {
    // open and descriptors
    int openat(int dirfd, @In byte[] path, int flags, int mode);

    int close(int fd);

    int fcntl(int fd, int command, long argument);

    int ioctl(int fd, long request, long argument);

    int flock(int fd, int operation);

    // data
    long read(int fd, long address, long count);

    long write(int fd, long address, long count);

    long pread(int fd, long address, long count, long offset);

    long pwrite(int fd, long address, long count, long offset);

    long pwritev2(int fd, long vectors, int count, long offset, int flags);

    long readv(int fd, long vectors, int count);

    long writev(int fd, long vectors, int count);

    long lseek(int fd, long offset, int whence);

    int fsync(int fd);

    int fdatasync(int fd);

    int syncfs(int fd);

    int ftruncate(int fd, long length);

    int truncate(@In byte[] path, long length);

    int fallocate(int fd, int mode, long offset, long length);

    // the tree
    int statx(int dirfd, @In byte[] path, int flags, int mask, long buffer);

    int fstatfs(int fd, long buffer);

    int mkdirat(int dirfd, @In byte[] path, int mode);

    int mknodat(int dirfd, @In byte[] path, int mode, long device);

    int symlinkat(@In byte[] target, int dirfd, @In byte[] path);

    int linkat(int oldDirfd, @In byte[] oldPath, int newDirfd, @In byte[] newPath, int flags);

    int unlinkat(int dirfd, @In byte[] path, int flags);

    int renameat2(int oldDirfd, @In byte[] oldPath, int newDirfd, @In byte[] newPath, int flags);

    long readlinkat(int dirfd, @In byte[] path, long buffer, long size);

    long getdents64(int fd, long buffer, long size);

    int fchmod(int fd, int mode);

    int fchmodat(int dirfd, @In byte[] path, int mode, int flags);

    int fchownat(int dirfd, @In byte[] path, int uid, int gid, int flags);

    int utimensat(int dirfd, @In byte[] path, long times, int flags);

    int futimens(int fd, long times);

    int name_to_handle_at(int dirfd, @In byte[] path, long handle, long mountId, int flags);

    int open_by_handle_at(int mountFd, long handle, int flags);

    // extended attributes
    long getxattr(@In byte[] path, @In byte[] name, long value, long size);

    long listxattr(@In byte[] path, long list, long size);

    int setxattr(@In byte[] path, @In byte[] name, long value, long size, int flags);

    int removexattr(@In byte[] path, @In byte[] name);

    // mounts
    int mount(@In byte[] source, @In byte[] target, @In byte[] type, long flags, @In byte[] data);

    int umount2(@In byte[] target, int flags);

    int unshare(int flags);

    // processes and threads
    int getpid();

    int getuid();

    int geteuid();

    int getgid();

    int getegid();

    int prctl(int option, long a, long b, long c, long d);

    int umask(int mask);

    int getrlimit(int resource, long limits);

    int setrlimit(int resource, long limits);

    int posix_spawnp(@Out int[] pid, @In byte[] file, long fileActions, long attributes, long argv, long environment);

    int posix_spawn_file_actions_init(long actions);

    int posix_spawn_file_actions_adddup2(long actions, int fd, int newFd);

    int posix_spawn_file_actions_destroy(long actions);

    int waitpid(int pid, @Out int[] status, int options);

    int kill(int pid, int signal);

    // descriptors without a file
    int memfd_create(@In byte[] name, int flags);

    int eventfd(int initial, int flags);

    int poll(long pollfds, long count, int timeoutMillis);

    int pipe2(@Out int[] fds, int flags);

    // sockets
    int socketpair(int domain, int type, int protocol, @Out int[] fds);

    long sendmsg(int fd, long message, int flags);

    long recvmsg(int fd, long message, int flags);

    int getsockopt(int fd, int level, int option, long value, long length);

    int setsockopt(int fd, int level, int option, long value, int length);

    int accept4(int fd, long address, long length, int flags);

    int shutdown(int fd, int how);

    // what the library has no wrapper for, or one that acts on the whole process
    long syscall(long number, long a, long b, long c);

    long syscall(long number, long a, long b, long c, long d, long e, long f);
}
