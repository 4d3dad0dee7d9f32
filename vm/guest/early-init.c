// SPDX-License-Identifier: Apache-2.0
/*
 * Process 1 of the guest, statically linked, alone in an initramfs. Loads the modules that /modules
 * lists in order (none for a kernel with everything built in), assembles the root file system, runs
 * /payload/guest/run in it, reaps orphans and powers the machine off.
 *
 *   /dev/vda  root file system, squashfs     -> / under a tmpfs overlay; its /usr itself on /usr
 *   /dev/vdb  payload, squashfs              -> /payload
 *
 * With "fuselet.probe" on the kernel command line it only says that user space was reached.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEVICE_WAIT_MS 10000

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* no way to power off: a reboot ends the run just as well */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void fail(const char *what)
{
	printf("early-init: %s: %s\n", what, strerror(errno));
	power_off();
}

static void mount_on(const char *source, const char *target, const char *type,
		     unsigned long flags, const char *options)
{
	if (mkdir(target, 0755) < 0 && errno != EEXIST && errno != EROFS)
		fail(target);
	if (mount(source, target, type, flags, options) < 0)
		fail(target);
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail(path);
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		fail(path);
	close(fd);
}

static void load_modules(void)
{
	char line[512];
	FILE *list = fopen("/modules", "re");

	if (!list)
		return;
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		load_module(line);
	}
	fclose(list);
}

/* Disks are found asynchronously. */
static void wait_for(const char *device)
{
	const struct timespec tick = { .tv_nsec = 1000000 };

	for (int ms = 0; access(device, F_OK) < 0; ms++) {
		if (ms >= DEVICE_WAIT_MS)
			fail(device);
		nanosleep(&tick, NULL);
	}
}

static int probe_only(void)
{
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		fail("/proc/cmdline");
	close(fd);
	return strstr(line, "fuselet.probe") != NULL;
}

static void assemble_root(void)
{
	wait_for("/dev/vda");
	wait_for("/dev/vdb");
	mount_on("/dev/vda", "/lower", "squashfs", MS_RDONLY, NULL);
	mount_on("tmpfs", "/upper", "tmpfs", 0, "mode=0755");
	if (mkdir("/upper/data", 0755) < 0 || mkdir("/upper/work", 0755) < 0)
		fail("/upper");
	mount_on("overlay", "/root", "overlay", 0,
		 "lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work");
	/* /usr is wanted as a lower tree that is not itself a stacked file system */
	mount_on("/lower/usr", "/root/usr", NULL, MS_BIND, NULL);
	mount_on("/dev/vdb", "/root/payload", "squashfs", MS_RDONLY, NULL);
	mount_on("/dev", "/root/dev", NULL, MS_MOVE, NULL);
	mount_on("/proc", "/root/proc", NULL, MS_MOVE, NULL);
	if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		fail("switching to the root file system");
}

static void run_payload(void)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		fail("fork");
	if (child == 0) {
		setsid();
		execl("/payload/guest/run", "run", (char *)NULL);
		fail("/payload/guest/run");
	}
	while (wait(&status) != child)
		;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_on("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	if (!freopen("/dev/console", "w", stdout) || !freopen("/dev/console", "w", stderr))
		power_off();
	mount_on("proc", "/proc", "proc", 0, NULL);
	if (probe_only()) {
		puts("early-init: reached user space");
		power_off();
	}
	load_modules();
	assemble_root();
	run_payload();
	power_off();
}
