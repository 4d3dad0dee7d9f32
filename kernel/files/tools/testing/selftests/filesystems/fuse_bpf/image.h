/* SPDX-License-Identifier: GPL-2.0 */
/* A file system on a loop device, for what tmpfs does not have */
#ifndef FUSE_BPF_IMAGE_H
#define FUSE_BPF_IMAGE_H

/*
 * Make an ext4 of 64 MiB with these options of mkfs.ext4(8) and mount it with
 * these of mount(8). It goes with the mount namespace. NULL, or what is missing.
 */
const char *image_mount(const char *dir, const char *mkfs_options,
			const char *mount_options);

#endif
