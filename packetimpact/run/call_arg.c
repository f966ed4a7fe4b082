// SPDX-License-Identifier: Apache-2.0
/* Arguments of calls, as words and memory. */
#include <string.h>
#include <sys/epoll.h>
#include <poll.h>

#include <netinet/in.h>

#include "packetimpact/run/call.h"

#define BUFFER_MAX (INT64_C(64) << 20)
#define ELEMENTS_MAX 4096

/* A little room behind, so that nothing that is written there by mistake is another's. */
#define SLACK 64

static bool point_at(struct sea_run *run, struct sea_run_arg *arg, size_t len)
{
	arg->memory = sea_run_alloc(run, len + SLACK);
	arg->len = len;
	arg->word = (uintptr_t)arg->memory;
	return arg->memory;
}

static bool arg_int(struct sea_run *run, struct sea_run_arg *arg)
{
	int64_t value;

	if (!sea_run_int(run, arg->expr, &value))
		return false;
	arg->word = (uint64_t)value;
	return true;
}

static bool arg_fd(struct sea_run *run, const struct sea_expr *expr, uint64_t *word)
{
	int64_t script;
	long live;

	if (!sea_run_int(run, expr, &script))
		return false;
	if (!sea_run_fd_live(run, (long)script, &live))
		return sea_run_fail(run, expr->pos, "descriptor %lld is not open",
				    (long long)script);
	*word = (uint64_t)live;
	return true;
}

void *sea_run_buffer(struct sea_run *run, const struct sea_expr *expr, size_t len, bool send)
{
	size_t text = expr->kind == SEA_EXPR_STRING ? expr->text.len : 0;
	void *memory = sea_run_alloc(run, (len > text ? len : text) + SLACK);

	if (memory && send && text) {
		memcpy(memory, expr->text.s, text);
		run->wrote_bytes = true;
	} else if (memory && !send) {
		memset(memory, 0xa5, len);
	}
	return memory;
}

/* ..., a string, or 0 for none; how long it is says the next argument. */
static bool arg_buffer(struct sea_run *run, struct sea_run_arg *arg, const struct sea_expr *count)
{
	int64_t len;

	if (!count || !sea_run_int(run, count, &len))
		return false;
	if (len < 0 || len > BUFFER_MAX)
		return sea_run_fail(run, count->pos, "a length must be from 0 to %lld",
				    (long long)BUFFER_MAX);
	if (sea_run_is_null(arg->expr))
		return true;
	if (arg->expr->kind != SEA_EXPR_ELLIPSIS && arg->expr->kind != SEA_EXPR_STRING)
		return sea_run_fail(run, arg->expr->pos, "..., a string or 0 is expected here");
	arg->memory = sea_run_buffer(run, arg->expr, (size_t)len, arg->kind == 'W');
	arg->len = (size_t)len;
	arg->word = (uintptr_t)arg->memory;
	return arg->memory;
}

static int domain_of(struct sea_run *run, const struct sea_run_call *call)
{
	struct sea_conn *conn = NULL;
	int64_t fd;

	if (call->n_args && call->args[0].kind == 'f' && sea_run_int(run, call->args[0].expr, &fd))
		conn = sea_run_conn_of(run, (long)fd);
	if (conn && conn->domain)
		return conn->domain;
	return run->config.family == SEA_RUN_IPV4 ? AF_INET : AF_INET6;
}

/* The address, and with it the length that follows. */
static bool arg_addr(struct sea_run *run, struct sea_run_call *call, struct sea_run_arg *arg)
{
	socklen_t len = 0;

	if (sea_run_is_null(arg->expr) && arg->kind == 's')
		return true; /* NULL */
	if (!point_at(run, arg, sizeof(struct sockaddr_storage)) ||
	    !sea_run_sockaddr(run, arg->expr, arg->kind == 'c', domain_of(run, call), arg->memory,
			      &len))
		return false;
	arg->len = len;
	return true;
}

static bool arg_addr_len(struct sea_run *run, const struct sea_run_call *call,
			 struct sea_run_arg *arg)
{
	if (arg->expr->kind != SEA_EXPR_ELLIPSIS)
		return arg_int(run, arg);
	arg->word = call->args[call->n_args - 1].len;
	return true;
}

/* A length by reference: ..., [n], or 0. */
static bool arg_len_ref(struct sea_run *run, struct sea_run_arg *arg)
{
	int64_t len = sizeof(struct sockaddr_storage);

	if (sea_run_is_null(arg->expr))
		return true;
	if (arg->expr->kind == SEA_EXPR_LIST && arg->expr->n_items == 1) {
		if (!sea_run_int(run, arg->expr->items[0], &len))
			return false;
	} else if (arg->expr->kind != SEA_EXPR_ELLIPSIS) {
		return sea_run_fail(run, arg->expr->pos, "... or [length] is expected here");
	}
	if (!point_at(run, arg, sizeof(uint32_t)))
		return false;
	*(uint32_t *)arg->memory = (uint32_t)len;
	return true;
}

static bool list_of(struct sea_run *run, const struct sea_expr *expr)
{
	if (expr->kind == SEA_EXPR_LIST && expr->n_items <= ELEMENTS_MAX)
		return true;
	return sea_run_fail(run, expr->pos, "a list [...] is expected here");
}

/* A call may say that a list has more elements than it has: so many are there, and empty. */
static bool elements_of(struct sea_run *run, const struct sea_expr *list,
			const struct sea_expr *count, size_t *n)
{
	int64_t said = 0;

	if (!list_of(run, list) || (count && !sea_run_int(run, count, &said)))
		return false;
	*n = (uint32_t)said < ELEMENTS_MAX ? (uint32_t)said : ELEMENTS_MAX;
	*n = (*n > list->n_items ? *n : list->n_items) + 1;
	return true;
}

bool sea_run_iovecs(struct sea_run *run, const struct sea_expr *expr, const struct sea_expr *count,
		    void **memory, size_t *n)
{
	struct iovec *iov;
	int64_t len;

	if (!elements_of(run, expr, count, n))
		return false;
	*memory = iov = sea_run_alloc(run, *n * sizeof(*iov));
	*n = expr->n_items;
	for (size_t i = 0; iov && i < *n; i++) {
		const struct sea_expr *one = expr->items[i];

		if (one->kind != SEA_EXPR_GROUP || one->n_items != 2)
			return sea_run_fail(run, one->pos, "{..., length} is expected here");
		if (!sea_run_int(run, one->items[1], &len))
			return false;
		if (len < 0 || len > BUFFER_MAX)
			return sea_run_fail(run, one->pos, "this length is out of range");
		iov[i].iov_len = (size_t)len;
		iov[i].iov_base = sea_run_buffer(run, one->items[0], (size_t)len, true);
		if (!iov[i].iov_base)
			return false;
	}
	return iov;
}

static bool arg_iovecs(struct sea_run *run, struct sea_run_arg *arg, const struct sea_expr *count)
{
	if (!sea_run_iovecs(run, arg->expr, count, &arg->memory, &arg->len))
		return false;
	arg->word = (uintptr_t)arg->memory;
	return true;
}

/* The number of a field of a group. */
static bool field_int(struct sea_run *run, const struct sea_expr *group, const char *name,
		      int64_t *value)
{
	const struct sea_expr *field = sea_expr_field(group, name);

	if (!field)
		return sea_run_fail(run, group->pos, "%s= is missing here", name);
	return sea_run_int(run, field->items[0], value);
}

static bool arg_pollfds(struct sea_run *run, struct sea_run_arg *arg, const struct sea_expr *count)
{
	struct pollfd *fds;
	uint64_t live;
	int64_t events;
	size_t n;

	if (!elements_of(run, arg->expr, count, &n) || !point_at(run, arg, n * sizeof(*fds)))
		return false;
	fds = arg->memory;
	for (size_t i = 0; i < arg->expr->n_items; i++) {
		const struct sea_expr *one = arg->expr->items[i], *fd = sea_expr_field(one, "fd");

		if (!fd)
			return sea_run_fail(run, one->pos, "{fd=, events=} is expected here");
		if (!arg_fd(run, fd->items[0], &live) || !field_int(run, one, "events", &events))
			return false;
		fds[i] = (struct pollfd){ (int)live, (short)events, 0 };
	}
	return true;
}

static bool arg_epoll_event(struct sea_run *run, struct sea_run_arg *arg)
{
	static const char *const names[] = { "ptr", "u64", "u32" };
	struct epoll_event *event;
	const struct sea_expr *fd;
	int64_t value = 0;
	uint64_t live;

	if (sea_run_is_null(arg->expr))
		return true;
	if (!point_at(run, arg, sizeof(*event)) || !field_int(run, arg->expr, "events", &value))
		return false;
	event = arg->memory;
	event->events = (uint32_t)value;
	fd = sea_expr_field(arg->expr, "fd");
	if (fd) {
		if (!arg_fd(run, fd->items[0], &live))
			return false;
		event->data.fd = (int)live;
		return true;
	}
	for (size_t i = 0; i < 3; i++) {
		if (!sea_expr_field(arg->expr, names[i]))
			continue;
		if (!field_int(run, arg->expr, names[i], &value))
			return false;
		event->data.u64 = (uint64_t)value;
		return true;
	}
	return sea_run_fail(run, arg->expr->pos, "fd=, ptr=, u32= or u64= is missing here");
}

static bool arg_epoll_events(struct sea_run *run, struct sea_run_arg *arg,
			     const struct sea_expr *count)
{
	int64_t n;

	if (!count || !sea_run_int(run, count, &n))
		return false;
	n = (uint32_t)n;
	return point_at(run, arg,
			(size_t)(n < ELEMENTS_MAX ? n + 1 : ELEMENTS_MAX) *
				sizeof(struct epoll_event));
}

static bool arg_option_get(struct sea_run *run, struct sea_run_arg *arg,
			   const struct sea_expr *len_expr)
{
	int64_t len = sizeof(struct sockaddr_storage); /* what ... is */

	if (len_expr && len_expr->kind == SEA_EXPR_LIST && len_expr->n_items == 1 &&
	    !sea_run_int(run, len_expr->items[0], &len))
		return false;
	len = (int32_t)len; /* as the call has it */
	if (len > BUFFER_MAX)
		return sea_run_fail(run, len_expr->pos, "this length is out of range");
	return point_at(run, arg, (len > 0 ? (size_t)len : 1) + arg->expr->text.len);
}

/* {onoff=1, linger=2}: as many ints as there are fields. */
static bool arg_option_struct(struct sea_run *run, struct sea_run_arg *arg)
{
	int64_t value;

	for (size_t i = 0; i < arg->expr->n_items; i++) {
		const struct sea_expr *item = arg->expr->items[i];

		if (!sea_run_int(run, item->kind == SEA_EXPR_FIELD ? item->items[0] : item, &value))
			return false;
		((int32_t *)arg->memory)[i] = (int32_t)value;
	}
	return true;
}

static bool arg_option_set(struct sea_run *run, struct sea_run_call *call, struct sea_run_arg *arg,
			   const struct sea_expr *len_expr)
{
	const struct sea_expr *expr = arg->expr;
	int64_t len;

	if (!len_expr || !sea_run_int(run, len_expr, &len))
		return false;
	if (sea_run_is_null(expr))
		return true;
	len = (int32_t)len; /* as the call has it */
	if (len > BUFFER_MAX)
		return sea_run_fail(run, len_expr->pos, "this length is out of range");
	if (len < 0)
		len = 0;
	if (!point_at(run, arg, (size_t)len + expr->text.len + 4 * expr->n_items + 1))
		return false;
	if (expr->kind == SEA_EXPR_STRING)
		memcpy(arg->memory, expr->text.s, expr->text.len);
	else if (sea_run_is_ao(call, expr))
		return sea_run_ao_put(run, call, expr, domain_of(run, call), arg->memory,
				      (size_t)len);
	else if (expr->kind == SEA_EXPR_LIST || expr->kind == SEA_EXPR_GROUP)
		return arg_option_struct(run, arg);
	else
		return sea_run_fail(run, expr->pos, "[n], a string or {...} is expected here");
	return true;
}

static bool arg_offset(struct sea_run *run, struct sea_run_arg *arg)
{
	int64_t offset;

	if (arg->expr->kind != SEA_EXPR_LIST)
		return arg_int(run, arg);
	if (arg->expr->n_items != 1 || !sea_run_int(run, arg->expr->items[0], &offset) ||
	    !point_at(run, arg, sizeof(offset)))
		return false;
	memcpy(arg->memory, &offset, sizeof(offset));
	return true;
}

/* ioctl's: [n] is filled; a number or ... is as it is. */
static bool arg_ioctl(struct sea_run *run, struct sea_run_arg *arg)
{
	int64_t value = 0;

	if (arg->expr->kind == SEA_EXPR_INTEGER)
		return arg_int(run, arg);
	if (arg->expr->kind == SEA_EXPR_LIST &&
	    (arg->expr->n_items != 1 || !sea_run_int(run, arg->expr->items[0], &value)))
		return sea_run_fail(run, arg->expr->pos, "[n] is expected here");
	if (!point_at(run, arg, sizeof(int)))
		return false;
	*(int *)arg->memory = (int)value; /* for those that are read */
	return true;
}

static bool arg_string(struct sea_run *run, struct sea_run_arg *arg)
{
	if (arg->expr->kind != SEA_EXPR_STRING)
		return sea_run_fail(run, arg->expr->pos, "a string is expected here");
	arg->word = (uintptr_t)arg->expr->text.s;
	return true;
}

static bool arg_pair(struct sea_run *run, struct sea_run_arg *arg)
{
	if (arg->expr->kind != SEA_EXPR_LIST || arg->expr->n_items != 2)
		return sea_run_fail(run, arg->expr->pos, "[fd, fd] is expected here");
	return point_at(run, arg, 2 * sizeof(int));
}

static bool arg_domain(struct sea_run *run, struct sea_run_arg *arg)
{
	if (arg->expr->kind != SEA_EXPR_ELLIPSIS)
		return arg_int(run, arg);
	arg->word = run->config.family == SEA_RUN_IPV4 ? AF_INET : AF_INET6;
	return true;
}

static bool arg_one(struct sea_run *run, struct sea_run_call *call, struct sea_run_arg *arg,
		    const struct sea_expr *then)
{
	switch (arg->kind) {
	case 'f':
		return arg_fd(run, arg->expr, &arg->word);
	case 'd':
		return arg_domain(run, arg);
	case 'R':
	case 'W':
		return arg_buffer(run, arg, then);
	case 'S':
		return arg_string(run, arg);
	case 's':
	case 'c':
		return arg_addr(run, call, arg);
	case 'l':
		return arg_addr_len(run, call, arg);
	case 'A':
		return sea_run_is_null(arg->expr) ||
		       point_at(run, arg, sizeof(struct sockaddr_storage));
	case 'L':
	case 'N':
		return arg_len_ref(run, arg);
	case 'v':
	case 'V':
		return arg_iovecs(run, arg, then);
	case 'm':
	case 'M':
		return sea_run_msghdr(run, arg, arg->kind == 'm');
	case 'q':
		return arg_pollfds(run, arg, then);
	case 'e':
		return arg_epoll_event(run, arg);
	case 'E':
		return arg_epoll_events(run, arg, then);
	case 'O':
		return arg_option_get(run, arg, then);
	case 'Y':
		return arg_option_set(run, call, arg, then);
	case 'o':
		return arg_offset(run, arg);
	case 'x':
		return arg_ioctl(run, arg);
	case 'P':
		return arg_pair(run, arg);
	default:
		return arg_int(run, arg);
	}
}

bool sea_run_args(struct sea_run *run, struct sea_run_call *call, const struct sea_run_kind *kind)
{
	const struct sea_script_call *spec = &run->event->call;
	bool optional = false;
	size_t n = 0;

	call->args = sea_run_alloc(run, 8 * sizeof(*call->args));
	if (!call->args)
		return false;
	for (const char *k = kind->args; *k; k++) {
		struct sea_run_arg *arg = &call->args[n];

		if (*k == '?') {
			optional = true;
			continue;
		}
		if (n == spec->n_args && optional)
			break;
		if (n == spec->n_args)
			return sea_run_fail(run, run->event->pos, "%s() needs more arguments",
					    spec->name.s);
		*arg = (struct sea_run_arg){ .kind = *k, .expr = spec->args[n] };
		if (!arg_one(run, call, arg, n + 1 < spec->n_args ? spec->args[n + 1] : NULL))
			return sea_run_fail(run, arg->expr->pos, "argument %zu makes no sense",
					    n + 1);
		call->n_args = ++n;
	}
	if (n < spec->n_args)
		return sea_run_fail(run, spec->args[n]->pos, "%s() has fewer arguments",
				    spec->name.s);
	return true;
}
