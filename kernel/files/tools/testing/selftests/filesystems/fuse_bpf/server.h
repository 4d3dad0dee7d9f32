/* SPDX-License-Identifier: GPL-2.0 */
/* The requests of the daemon, see daemon.h. */
#ifndef FUSE_BPF_SERVER_H
#define FUSE_BPF_SERVER_H

#include "daemon.h"

/* Serve until the connection ends. @root is the lower directory. */
void server_run(struct daemon_shared *shared,
		const struct daemon_config *config, int dev, int root,
		int wake);

#endif
