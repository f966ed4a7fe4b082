/* SPDX-License-Identifier: Apache-2.0 */
/* sendmsg and recvmsg: bytes, and what is said beside them. */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/syscalls/socket.h"

#define CONTROL_MAX 131072u /* net.core.optmem_max */
#define MESSAGES_MAX 1024u  /* of one call           */

/* --- sending --- */

static int add_rights(struct sea_task *task, const char *data, uint64_t len,
		      struct sea_ancillary *with)
{
	uint64_t n = len / sizeof(int32_t);

	if (n > SEA_RIGHTS_MAX - with->nfiles)
		return -EINVAL;
	for (uint64_t i = 0; i < n; i++) {
		struct sea_file *file;
		int32_t fd;

		memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
		file = sea_fd_get(task->files, fd);
		if (!file)
			return -EBADF;
		with->files[with->nfiles++] = file;
	}
	return 0;
}

/* One's own ids, of which there are three; root may say any. */
static int set_creds(struct sea_task *task, const char *data, uint64_t len,
		     struct sea_ancillary *with)
{
	const struct sea_creds *c = &task->process->creds;
	struct sea_ucred u;

	if (len != sizeof(u))
		return -EINVAL;
	memcpy(&u, data, sizeof(u));
	if (u.uid == ~0u || u.gid == ~0u)
		return -EINVAL;
	if (c->euid && (u.pid != task->process->pid ||
			(u.uid != c->uid && u.uid != c->euid && u.uid != c->suid) ||
			(u.gid != c->gid && u.gid != c->egid && u.gid != c->sgid)))
		return -EPERM;
	if (!sea_process_find(task->kernel, u.pid))
		return -ESRCH;
	with->has_creds = true;
	with->creds = u;
	return 0;
}

/* Each part of what is said, which the sizes in it must add up to. */
static int parse(struct sea_task *task, const char *control, uint64_t size,
		 struct sea_ancillary *with)
{
	struct cmsghdr c;
	int err = 0;

	for (uint64_t at = 0; !err && at + sizeof(c) <= size; at += CMSG_ALIGN(c.cmsg_len)) {
		const char *data = control + at + sizeof(c);

		memcpy(&c, control + at, sizeof(c));
		if (c.cmsg_len < sizeof(c) || c.cmsg_len > size - at)
			return -EINVAL;
		if (c.cmsg_level != SOL_SOCKET)
			continue;
		if (c.cmsg_type == SCM_RIGHTS)
			err = add_rights(task, data, c.cmsg_len - sizeof(c), with);
		else if (c.cmsg_type == SCM_CREDENTIALS)
			err = set_creds(task, data, c.cmsg_len - sizeof(c), with);
		else
			err = -EINVAL;
	}
	/* So many may be under way as the sender may have open. */
	if (!err && with->nfiles &&
	    task->kernel->in_flight + with->nfiles > task->process->limits[RLIMIT_NOFILE].rlim_cur)
		err = -ETOOMANYREFS;
	return err;
}

static int read_control(struct sea_task *task, const struct msghdr *msg, struct sea_ancillary *with)
{
	char *control;
	int err;

	if (!msg->msg_controllen)
		return 0;
	if (msg->msg_controllen > CONTROL_MAX)
		return -ENOBUFS;
	control = malloc(msg->msg_controllen);
	if (!control)
		return -ENOBUFS;
	err = sea_arg_read(task, (uintptr_t)msg->msg_control, control, msg->msg_controllen);
	if (!err)
		err = parse(task, control, msg->msg_controllen, with);
	free(control);
	return err;
}

/* The header and the buffers that it names. */
static int64_t read_header(struct sea_task *task, uint64_t at, struct msghdr *msg,
			   struct sea_uio *uio, struct sea_uiovec **vec)
{
	if (sea_arg_read(task, at, msg, sizeof(*msg)))
		return -EFAULT;
	if ((int32_t)msg->msg_namelen < 0)
		return -EINVAL;
	if (msg->msg_namelen > SEA_NAME_MAX)
		msg->msg_namelen = SEA_NAME_MAX;
	if (msg->msg_iovlen > IOV_MAX)
		return -EMSGSIZE;
	return sea_arg_iovec(task, (uintptr_t)msg->msg_iov, msg->msg_iovlen, uio, vec);
}

static int64_t send_one(struct sea_task *task, struct sea_file *file, uint64_t at, int flags)
{
	struct sea_ancillary with = { 0 };
	struct sea_unix_flow flow = { .flags = flags, .with = &with };
	struct sea_uiovec *vec;
	struct sea_uio uio;
	struct msghdr msg;
	int64_t n = read_header(task, at, &msg, &uio, &vec);

	if (n)
		return n;
	n = read_control(task, &msg, &with);
	if (!n && msg.msg_name && msg.msg_namelen)
		n = sea_socket_aim(task, file, (uintptr_t)msg.msg_name, msg.msg_namelen, &flow.to);
	if (!n)
		n = sea_socket_send(task, file, &uio, &flow);
	sea_unix_put(flow.to);
	free(vec);
	return n;
}

int64_t sea_sys_sendmsg(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	return err ? err : send_one(task, file, a[1], (int)a[2]);
}

int64_t sea_sys_sendmmsg(struct sea_task *task, const uint64_t *a)
{
	uint32_t n = (uint32_t)a[2] < MESSAGES_MAX ? (uint32_t)a[2] : MESSAGES_MAX, done = 0;
	struct sea_file *file;
	int64_t sent = sea_socket_of(task, a[0], &file);

	if (sent)
		return sent;
	sea_file_get(file); /* another thread may close it */
	for (; done < n && sent >= 0; done += sent >= 0) {
		uint64_t at = a[1] + done * sizeof(struct mmsghdr);
		uint32_t len;

		sent = send_one(task, file, at, (int)a[3]);
		len = (uint32_t)sent;
		if (sent >= 0 && sea_arg_write(task, at + sizeof(struct msghdr), &len, sizeof(len)))
			sent = -EFAULT;
	}
	sea_file_put(file);
	return done ? (int64_t)done : sent;
}

/* --- receiving --- */

struct control {
	struct sea_task *task;
	uint64_t at, left, used;
	int flags;
};

static int put_at(struct control *c, const struct cmsghdr *head, const void *data, uint64_t len)
{
	uint64_t space = CMSG_ALIGN(head->cmsg_len);

	space = space < c->left ? space : c->left;
	if (sea_arg_write(c->task, c->at, head, sizeof(*head)) ||
	    sea_arg_write(c->task, c->at + sizeof(*head), data, len))
		return -EFAULT;
	c->at += space;
	c->left -= space;
	c->used += space;
	return 0;
}

static int put_creds(struct control *c, const struct sea_ucred *creds)
{
	struct cmsghdr head = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS };
	uint64_t len = CMSG_LEN(sizeof(*creds));

	if (len > c->left)
		c->flags |= MSG_CTRUNC;
	if (c->left < sizeof(head))
		return 0;
	head.cmsg_len = len < c->left ? len : c->left;
	return put_at(c, &head, creds, head.cmsg_len - sizeof(head));
}

/* As many as there are room and numbers for; the rest is let go of. */
static int put_rights(struct control *c, struct sea_ancillary *with, bool cloexec)
{
	uint64_t limit = c->task->process->limits[RLIMIT_NOFILE].rlim_cur;
	uint64_t room = c->left > sizeof(struct cmsghdr) ? (c->left - sizeof(struct cmsghdr)) / 4
							 : 0;
	struct cmsghdr head = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	int32_t fds[SEA_RIGHTS_MAX];
	unsigned int n = 0;

	while (n < with->nfiles && n < room) {
		int64_t fd =
			sea_fd_add(c->task->files, sea_file_get(with->files[n]), 0, limit, cloexec);

		if (fd < 0)
			break;
		fds[n++] = (int32_t)fd;
	}
	if (n < with->nfiles)
		c->flags |= MSG_CTRUNC;
	head.cmsg_len = CMSG_LEN(n * sizeof(fds[0]));
	return n ? put_at(c, &head, fds, n * sizeof(fds[0])) : 0;
}

static void let_go(struct sea_ancillary *with)
{
	for (unsigned int i = 0; i < with->nfiles; i++)
		sea_file_put(with->files[i]);
}

static int put_control(struct sea_task *task, uint64_t at, const struct msghdr *msg,
		       const struct sea_unix_flow *flow)
{
	struct control c = { .task = task,
			     .at = (uintptr_t)msg->msg_control,
			     .left = msg->msg_control ? msg->msg_controllen : 0,
			     .flags = flow->told | (flow->flags & MSG_CMSG_CLOEXEC) };
	struct sea_ancillary *with = flow->with;
	int err = 0;

	if (with->has_creds)
		err = put_creds(&c, &with->creds);
	if (!err && with->nfiles)
		err = put_rights(&c, with, flow->flags & MSG_CMSG_CLOEXEC);
	if (err)
		return err;
	if (sea_arg_write(task, at + offsetof(struct msghdr, msg_flags), &c.flags,
			  sizeof(c.flags)) ||
	    sea_arg_write(task, at + offsetof(struct msghdr, msg_controllen), &c.used,
			  sizeof(c.used)))
		return -EFAULT;
	return 0;
}

static int64_t receive_one(struct sea_task *task, struct sea_file *file, uint64_t at, int flags)
{
	struct sea_ancillary with = { 0 };
	struct sea_unix_flow flow = { .flags = flags, .with = &with };
	struct sea_uiovec *vec;
	struct sea_uio uio;
	struct msghdr msg;
	int64_t n = read_header(task, at, &msg, &uio, &vec);
	int err = 0;

	if (n)
		return n;
	n = sea_socket_receive(task, file, &uio, &flow);
	free(vec);
	if (n >= 0 && msg.msg_name)
		err = sea_socket_put_name(task, &flow.from, (uintptr_t)msg.msg_name,
					  at + offsetof(struct msghdr, msg_namelen));
	if (n >= 0 && !err)
		err = put_control(task, at, &msg, &flow);
	let_go(&with);
	return err ? err : n;
}

int64_t sea_sys_recvmsg(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	return err ? err : receive_one(task, file, a[1], (int)a[2]);
}

/* As many as come until the time is over, which is looked at after each. */
static int64_t receive_many(struct sea_task *task, struct sea_file *file, const uint64_t *a,
			    int64_t deadline)
{
	uint32_t n = (uint32_t)a[2] < MESSAGES_MAX ? (uint32_t)a[2] : MESSAGES_MAX, done = 0;
	int flags = (int)a[3] & ~MSG_WAITFORONE;
	int64_t got = -sea_unix_error(sea_unix_of(file));

	while (done < n && got >= 0) {
		uint64_t at = a[1] + done * sizeof(struct mmsghdr);
		uint32_t len;

		got = receive_one(task, file, at, flags);
		len = (uint32_t)got;
		if (got >= 0 && sea_arg_write(task, at + sizeof(struct msghdr), &len, sizeof(len)))
			got = -EFAULT;
		done += got >= 0;
		flags |= (int)a[3] & MSG_WAITFORONE ? MSG_DONTWAIT : 0;
		if (sea_clock_now() >= deadline)
			break;
	}
	/* What went wrong after the first is told next time. */
	if (done && got < 0 && got != -EAGAIN && got > -SEA_ERESTARTSYS)
		sea_unix_of(file)->error = (int)-got;
	return done ? (int64_t)done : got;
}

int64_t sea_sys_recvmmsg(struct sea_task *task, const uint64_t *a)
{
	struct timespec left = { 0 };
	struct sea_file *file;
	int64_t deadline, n, ns;
	int err = sea_arg_deadline(task, a[4], &deadline);

	if (!err)
		err = sea_socket_of(task, a[0], &file);
	if (err)
		return err;
	sea_file_get(file);
	n = receive_many(task, file, a, deadline);
	sea_file_put(file);
	if (n <= 0 || deadline == SEA_NEVER)
		return n;
	ns = deadline - sea_clock_now();
	if (ns > 0)
		left = (struct timespec){ ns / 1000000000, ns % 1000000000 };
	return sea_arg_write(task, a[4], &left, sizeof(left)) ? -EFAULT : n;
}
