// SPDX-License-Identifier: GPL-2.0
#include "task.h"

#include <errno.h>
#include <stdint.h>

static void *run(void *arg)
{
	struct task *task = arg;
	int ret = task->run(task->arg);

	return (void *)(intptr_t)(ret < 0 ? -errno : ret);
}

int task_start(struct task *task, int (*fn)(void *arg), void *arg)
{
	task->run = fn;
	task->arg = arg;
	return -pthread_create(&task->thread, NULL, run, task);
}

int task_end(struct task *task)
{
	void *ret;
	int err = pthread_join(task->thread, &ret);

	return err ? -err : (int)(intptr_t)ret;
}
