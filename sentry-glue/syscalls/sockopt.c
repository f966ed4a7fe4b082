/* SPDX-License-Identifier: Apache-2.0 */
/* getsockopt and setsockopt. */
#include <limits.h>
#include <string.h>
#include <sys/time.h>

#include "sentry-glue/syscalls/socket.h"

#define SNDBUF_MIN 4608u
#define RCVBUF_MIN 2304u
#define SECOND 1000000000ll

union option {
	int32_t value;
	int32_t linger[2];
	struct timeval time;
	struct sea_ucred creds;
};

static bool *switch_of(struct sea_unix *end, int option)
{
	switch (option) {
	case SO_PASSCRED:
		return &end->passcred;
	case SO_REUSEADDR:
		return &end->reuse;
	case SO_KEEPALIVE:
		return &end->keepalive;
	case SO_BROADCAST:
		return &end->broadcast;
	}
	return NULL;
}

static struct timeval time_of(int64_t ns)
{
	return (struct timeval){ ns / SECOND, ns % SECOND / 1000 };
}

/* The size of what it is; -ENOPROTOOPT. */
static int get(struct sea_file *file, struct sea_unix *end, int option, union option *o)
{
	const bool *flag = switch_of(end, option);

	switch (option) {
	case SO_TYPE:
		o->value = end->type;
		return sizeof(o->value);
	case SO_DOMAIN:
		o->value = AF_UNIX;
		return sizeof(o->value);
	case SO_ERROR:
		o->value = sea_unix_error(end);
		return sizeof(o->value);
	case SO_SNDBUF:
		o->value = (int32_t)end->sndbuf;
		return sizeof(o->value);
	case SO_RCVBUF:
		o->value = (int32_t)end->rcvbuf;
		return sizeof(o->value);
	case SO_ACCEPTCONN:
		o->value = end->state == SEA_UNIX_LISTENS;
		return sizeof(o->value);
	case SO_PROTOCOL:
		o->value = 0;
		return sizeof(o->value);
	case SO_LINGER:
		memcpy(o->linger, end->linger, sizeof(o->linger));
		return sizeof(o->linger);
	case SO_RCVTIMEO:
	case SO_SNDTIMEO:
		o->time = time_of(file->patience[option == SO_SNDTIMEO]);
		return sizeof(o->time);
	case SO_PEERCRED:
		o->creds = end->creds;
		return sizeof(o->creds);
	}
	o->value = flag && *flag;
	return flag ? (int)sizeof(o->value) : -ENOPROTOOPT;
}

int64_t sea_sys_getsockopt(struct sea_task *task, const uint64_t *a)
{
	union option o = { .creds = { 0 } };
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file), size;
	int32_t len;

	if (err)
		return err;
	if (sea_arg_read(task, a[4], &len, sizeof(len)))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if ((int)a[1] != SOL_SOCKET)
		return -EOPNOTSUPP;
	size = get(file, sea_unix_of(file), (int)a[2], &o);
	if (size < 0)
		return size;
	len = len < size ? len : size;
	if (sea_arg_write(task, a[3], &o, (size_t)len) ||
	    sea_arg_write(task, a[4], &len, sizeof(len)))
		return -EFAULT;
	return 0;
}

/* Twice what is asked for, within limits, as on Linux. */
static uint32_t buffer(int32_t asked, uint32_t min)
{
	uint32_t size = (uint32_t)asked < SEA_UNIX_BUFFER ? (uint32_t)asked : SEA_UNIX_BUFFER;

	return size * 2 > min ? size * 2 : min;
}

static int set_time(struct sea_task *task, const uint64_t *a, int64_t *ns)
{
	struct timeval tv;

	if ((int32_t)a[4] < (int32_t)sizeof(tv))
		return -EINVAL;
	if (sea_arg_read(task, a[3], &tv, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	*ns = tv.tv_sec < 0 ? 1 : tv.tv_sec > INT_MAX ? 0 : tv.tv_sec * SECOND + tv.tv_usec * 1000;
	return 0;
}

static int set_linger(struct sea_task *task, const uint64_t *a, struct sea_unix *end)
{
	if ((int32_t)a[4] < (int32_t)sizeof(end->linger))
		return -EINVAL;
	return sea_arg_read(task, a[3], end->linger, sizeof(end->linger));
}

int64_t sea_sys_setsockopt(struct sea_task *task, const uint64_t *a)
{
	struct sea_unix *end;
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);
	bool *flag;
	int32_t value;

	if (err)
		return err;
	if ((int32_t)a[4] < 0)
		return -EINVAL;
	if ((int)a[1] != SOL_SOCKET)
		return -EOPNOTSUPP;
	if ((int32_t)a[4] < (int32_t)sizeof(value))
		return -EINVAL;
	if (sea_arg_read(task, a[3], &value, sizeof(value)))
		return -EFAULT;
	end = sea_unix_of(file);
	flag = switch_of(end, (int)a[2]);
	if (flag) {
		*flag = value;
		return 0;
	}
	switch ((int)a[2]) {
	case SO_SNDBUF:
		end->sndbuf = buffer(value, SNDBUF_MIN);
		sea_waitq_wake(&end->waitq);
		return 0;
	case SO_RCVBUF:
		end->rcvbuf = buffer(value, RCVBUF_MIN);
		return 0;
	case SO_LINGER:
		return set_linger(task, a, end);
	case SO_RCVTIMEO:
	case SO_SNDTIMEO:
		return set_time(task, a, &file->patience[(int)a[2] == SO_SNDTIMEO]);
	}
	return -ENOPROTOOPT;
}
