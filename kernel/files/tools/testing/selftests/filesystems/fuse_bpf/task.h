/* SPDX-License-Identifier: GPL-2.0 */
/* A system call that waits for the daemon while the test goes on */
#ifndef FUSE_BPF_TASK_H
#define FUSE_BPF_TASK_H

#include <pthread.h>

struct task {
	pthread_t thread;
	int (*run)(void *arg);		/* -1 with errno if it failed */
	void *arg;
};

int task_start(struct task *task, int (*run)(void *arg), void *arg);
/* 0 or more as the call returned, or a negative errno */
int task_end(struct task *task);

#endif
