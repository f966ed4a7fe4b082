/* SPDX-License-Identifier: Apache-2.0 */
/* Who a process is. */
#include <limits.h>

#include "sentry-glue/syscalls/sys.h"

#define SAME (~0u)

int64_t sea_sys_getuid(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return task->process->creds.uid;
}

int64_t sea_sys_geteuid(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return task->process->creds.euid;
}

int64_t sea_sys_getgid(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return task->process->creds.gid;
}

int64_t sea_sys_getegid(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return task->process->creds.egid;
}

/* Whether one who is not root may take this id: only one that it has. */
static bool has(uint32_t id, const uint32_t *real, const uint32_t *effective, const uint32_t *saved)
{
	return id == SAME || id == *real || id == *effective || id == *saved;
}

static int64_t set_three(bool root, uint32_t *ids[3], uint64_t r, uint64_t e, uint64_t s)
{
	const uint32_t want[3] = { (uint32_t)r, (uint32_t)e, (uint32_t)s };

	for (int i = 0; i < 3 && !root; i++) {
		if (!has(want[i], ids[0], ids[1], ids[2]))
			return -EPERM;
	}
	for (int i = 0; i < 3; i++) {
		if (want[i] != SAME)
			*ids[i] = want[i];
	}
	return 0;
}

int64_t sea_sys_setresuid(struct sea_task *task, const uint64_t *a)
{
	struct sea_creds *c = &task->process->creds;

	return set_three(!c->euid, (uint32_t *[]){ &c->uid, &c->euid, &c->suid }, a[0], a[1], a[2]);
}

int64_t sea_sys_setresgid(struct sea_task *task, const uint64_t *a)
{
	struct sea_creds *c = &task->process->creds;

	return set_three(!c->euid, (uint32_t *[]){ &c->gid, &c->egid, &c->sgid }, a[0], a[1], a[2]);
}

int64_t sea_sys_setuid(struct sea_task *task, const uint64_t *a)
{
	struct sea_creds *c = &task->process->creds;
	uint32_t id = (uint32_t)a[0];

	if (id == SAME)
		return -EINVAL;
	if (!c->euid) {
		c->uid = c->euid = c->suid = id;
		return 0;
	}
	if (id != c->uid && id != c->suid)
		return -EPERM;
	c->euid = id;
	return 0;
}

int64_t sea_sys_setgid(struct sea_task *task, const uint64_t *a)
{
	struct sea_creds *c = &task->process->creds;
	uint32_t id = (uint32_t)a[0];

	if (id == SAME)
		return -EINVAL;
	if (!c->euid) {
		c->gid = c->egid = c->sgid = id;
		return 0;
	}
	if (id != c->gid && id != c->sgid)
		return -EPERM;
	c->egid = id;
	return 0;
}

/* The saved id follows where the real one is set, or the effective one to something else. */
static int64_t set_two(bool root, uint32_t *real, uint32_t *effective, uint32_t *saved, uint64_t r,
		       uint64_t e)
{
	uint32_t old = *real;

	if (!root && (uint32_t)r != SAME && (uint32_t)r != *real && (uint32_t)r != *effective)
		return -EPERM;
	if (!root && !has((uint32_t)e, real, effective, saved))
		return -EPERM;
	if ((uint32_t)r != SAME)
		*real = (uint32_t)r;
	if ((uint32_t)e != SAME)
		*effective = (uint32_t)e;
	if ((uint32_t)r != SAME || ((uint32_t)e != SAME && (uint32_t)e != old))
		*saved = *effective;
	return 0;
}

int64_t sea_sys_setreuid(struct sea_task *task, const uint64_t *a)
{
	struct sea_creds *c = &task->process->creds;

	return set_two(!c->euid, &c->uid, &c->euid, &c->suid, a[0], a[1]);
}

int64_t sea_sys_setregid(struct sea_task *task, const uint64_t *a)
{
	struct sea_creds *c = &task->process->creds;

	return set_two(!c->euid, &c->gid, &c->egid, &c->sgid, a[0], a[1]);
}

static int64_t put_three(struct sea_task *task, const uint64_t *a, uint32_t r, uint32_t e,
			 uint32_t s)
{
	if (sea_arg_write(task, a[0], &r, 4) || sea_arg_write(task, a[1], &e, 4) ||
	    sea_arg_write(task, a[2], &s, 4))
		return -EFAULT;
	return 0;
}

int64_t sea_sys_getresuid(struct sea_task *task, const uint64_t *a)
{
	const struct sea_creds *c = &task->process->creds;

	return put_three(task, a, c->uid, c->euid, c->suid);
}

int64_t sea_sys_getresgid(struct sea_task *task, const uint64_t *a)
{
	const struct sea_creds *c = &task->process->creds;

	return put_three(task, a, c->gid, c->egid, c->sgid);
}

int64_t sea_sys_getgroups(struct sea_task *task, const uint64_t *a)
{
	const struct sea_creds *c = &task->process->creds;

	if ((int32_t)a[0] < 0 || (a[0] && a[0] < c->ngroups))
		return -EINVAL;
	if (a[0] && sea_arg_write(task, a[1], c->groups, c->ngroups * sizeof(*c->groups)))
		return -EFAULT;
	return c->ngroups;
}

int64_t sea_sys_setgroups(struct sea_task *task, const uint64_t *a)
{
	struct sea_creds *c = &task->process->creds;

	if (c->euid)
		return -EPERM;
	if (a[0] > sizeof(c->groups) / sizeof(*c->groups))
		return -EINVAL;
	if (sea_arg_read(task, a[1], c->groups, a[0] * sizeof(*c->groups)))
		return -EFAULT;
	c->ngroups = (unsigned int)a[0];
	return 0;
}

/* --- capabilities, of which nobody has any --- */

#define CAPABILITY_1 0x19980330u /* of 32 bits */
#define CAPABILITY_2 0x20071026u
#define CAPABILITY_3 0x20080522u

/* How many sets of 32 a version has; 0: there is no such version, and the caller is told of ours. */
static int sets_of(struct sea_task *task, uint64_t at, int32_t *pid, size_t *sets)
{
	const uint32_t ours = CAPABILITY_3;
	struct {
		uint32_t version;
		int32_t pid;
	} head;

	if (sea_arg_read(task, at, &head, sizeof(head)))
		return -EFAULT;
	*pid = head.pid;
	*sets = head.version == CAPABILITY_1                                   ? 1
		: head.version == CAPABILITY_2 || head.version == CAPABILITY_3 ? 2
									       : 0;
	return *sets ? 0 : sea_arg_write(task, at, &ours, sizeof(ours)) ? -EFAULT : -EINVAL;
}

int64_t sea_sys_capget(struct sea_task *task, const uint64_t *a)
{
	const uint32_t none[6] = { 0 };
	size_t sets;
	int32_t pid;
	int err = sets_of(task, a[0], &pid, &sets);

	if (err)
		return err == -EINVAL && !a[1] ? 0 : err;
	if (pid < 0)
		return -EINVAL;
	if (pid && !sea_task_find(task->kernel, pid))
		return -ESRCH;
	return a[1] ? sea_arg_write(task, a[1], none, sets * 12) : 0;
}

int64_t sea_sys_capset(struct sea_task *task, const uint64_t *a)
{
	uint32_t want[6] = { 0 };
	size_t sets;
	int32_t pid;
	int err = sets_of(task, a[0], &pid, &sets);

	if (err)
		return err;
	if (pid && pid != task->tid)
		return -EPERM;
	if (sea_arg_read(task, a[1], want, sets * 12))
		return -EFAULT;
	for (size_t i = 0; i < sets * 3; i++) {
		if (want[i])
			return -EPERM;
	}
	return 0;
}
