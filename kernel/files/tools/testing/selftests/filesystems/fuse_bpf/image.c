// SPDX-License-Identifier: GPL-2.0
#include "image.h"
#include "env.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define IMAGE	ENV_TMP "/image"

const char *image_mount(const char *dir, const char *mkfs_options,
			const char *mount_options)
{
	char command[256];
	int fd = open(IMAGE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, 64 << 20) || close(fd))
		return "no room for a file system";
	snprintf(command, sizeof(command),
		 "mkfs.ext4 -q -F %s " IMAGE " >/dev/null 2>&1", mkfs_options);
	if (system(command))
		return "needs mkfs.ext4";
	snprintf(command, sizeof(command),
		 "mount -t ext4 -o loop,%s " IMAGE " %s >/dev/null 2>&1",
		 *mount_options ? mount_options : "rw", dir);
	if (system(command))
		return "needs ext4 on a loop device";
	return NULL;
}
