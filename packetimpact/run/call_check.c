// SPDX-License-Identifier: Apache-2.0
/* What a call left in memory, beside what the script says of it. */
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "packetimpact/run/call.h"

static bool wrong(struct sea_run *run, const struct sea_expr *expr, const char *what,
		  long long expected, long long seen)
{
	sea_run_fail(run, expr->pos, "the call left something else than expected");
	sea_run_note(run, "  %s: expected %lld (0x%llx), seen %lld (0x%llx)", what, expected,
		     expected, seen, seen);
	return false;
}

bool sea_run_check_bytes(struct sea_run *run, const struct sea_expr *expr, const void *bytes,
			 size_t len)
{
	size_t n = expr->text.len < len ? expr->text.len : len;
	const uint8_t *got = bytes;

	if (expr->kind != SEA_EXPR_STRING)
		return true;
	if (!expr->open && expr->text.len != len)
		return wrong(run, expr, "bytes", (long long)expr->text.len, (long long)len);
	for (size_t i = 0; i < n; i++)
		if (got[i] != (uint8_t)expr->text.s[i])
			return wrong(run, expr, "a byte of the string", (uint8_t)expr->text.s[i],
				     got[i]);
	return true;
}

static bool check_pollfds(struct sea_run *run, const struct sea_run_arg *arg)
{
	const struct pollfd *fds = arg->memory;

	for (size_t i = 0; i < arg->expr->n_items; i++) {
		const struct sea_expr *field = sea_expr_field(arg->expr->items[i], "revents");
		int64_t expected = 0;

		if (field && field->items[0]->kind == SEA_EXPR_ELLIPSIS)
			continue;
		if (field && !sea_run_int(run, field->items[0], &expected))
			return false;
		if ((uint16_t)fds[i].revents != (uint16_t)expected)
			return wrong(run, arg->expr->items[i], "revents", expected,
				     (uint16_t)fds[i].revents);
	}
	return true;
}

static bool check_epoll_data(struct sea_run *run, const struct sea_expr *field,
			     const struct epoll_event *event)
{
	uint64_t mask = !strcmp(field->text.s, "u32") ? UINT32_MAX : UINT64_MAX;
	int64_t expected;
	long live;

	if (!sea_run_int(run, field->items[0], &expected))
		return false;
	if (!strcmp(field->text.s, "fd")) {
		mask = UINT32_MAX;
		if (sea_run_fd_live(run, (long)expected, &live))
			expected = live;
	}
	if ((event->data.u64 & mask) != ((uint64_t)expected & mask))
		return wrong(run, field, field->text.s, expected,
			     (long long)(event->data.u64 & mask));
	return true;
}

static bool check_epoll_event(struct sea_run *run, const struct sea_expr *expr,
			      const struct epoll_event *event)
{
	int64_t expected;

	for (size_t i = 0; expr->kind == SEA_EXPR_GROUP && i < expr->n_items; i++) {
		const struct sea_expr *field = expr->items[i];

		if (field->kind != SEA_EXPR_FIELD)
			return sea_run_fail(run, field->pos,
					    "a field of epoll_event is expected here");
		if (strcmp(field->text.s, "events") != 0) {
			if (!check_epoll_data(run, field, event))
				return false;
			continue;
		}
		if (!sea_run_int(run, field->items[0], &expected))
			return false;
		if (event->events != (uint32_t)expected)
			return wrong(run, field, "events", (uint32_t)expected, event->events);
	}
	return true;
}

/* One event, or a list of them. */
static bool check_epoll(struct sea_run *run, const struct sea_run_arg *arg, long n)
{
	const struct epoll_event *events = arg->memory;

	if (arg->expr->kind != SEA_EXPR_LIST)
		return check_epoll_event(run, arg->expr, events); /* zeros, where there is none */
	for (size_t i = 0; i < arg->expr->n_items && (long)i < n; i++)
		if (!check_epoll_event(run, arg->expr->items[i], &events[i]))
			return false;
	return true;
}

static bool check_option(struct sea_run *run, const struct sea_run_call *call,
			 const struct sea_run_arg *arg, uint32_t len)
{
	const struct sea_expr *expr = arg->expr;

	if (expr->kind == SEA_EXPR_STRING)
		return sea_run_check_bytes(run, expr, arg->memory, len);
	if (expr->kind != SEA_EXPR_LIST && expr->kind != SEA_EXPR_GROUP)
		return true;
	if (sea_run_is_ao(call, expr))
		return sea_run_ao_check(run, call, expr, arg->memory, len);
	for (size_t i = 0; i < expr->n_items; i++) {
		const struct sea_expr *item = expr->items[i];
		int64_t expected;
		int32_t got = 0;

		item = item->kind == SEA_EXPR_FIELD ? item->items[0] : item;
		if (item->kind == SEA_EXPR_ELLIPSIS)
			continue;
		if (!sea_run_int(run, item, &expected))
			return false;
		if (4 * i < len)
			memcpy(&got, (const uint8_t *)arg->memory + 4 * i,
			       len - 4 * i < 4 ? len - 4 * i : 4);
		if (got != (int32_t)expected)
			return wrong(run, item, "the option", expected, got);
	}
	return true;
}

static bool check_len(struct sea_run *run, const struct sea_run_arg *arg)
{
	int64_t expected;
	uint32_t got;

	if (arg->expr->kind != SEA_EXPR_LIST || !arg->memory)
		return true;
	if (!sea_run_int(run, arg->expr->items[0], &expected))
		return false;
	memcpy(&got, arg->memory, sizeof(got));
	return got == (uint32_t)expected || wrong(run, arg->expr, "the length", expected, got);
}

static bool check_int(struct sea_run *run, const struct sea_run_arg *arg)
{
	int64_t expected;
	int got;

	if (arg->expr->kind != SEA_EXPR_LIST)
		return true;
	if (!sea_run_int(run, arg->expr->items[0], &expected))
		return false;
	memcpy(&got, arg->memory, sizeof(got));
	return got == (int)expected || wrong(run, arg->expr, "the number", expected, got);
}

static bool check_addr(struct sea_run *run, const struct sea_run_arg *arg)
{
	struct sockaddr_storage expected = { 0 };
	socklen_t len;

	if (arg->expr->kind != SEA_EXPR_GROUP || !arg->memory)
		return true;
	if (!sea_run_sockaddr(run, arg->expr, false, AF_INET, &expected, &len))
		return false;
	if (!memcmp(&expected, arg->memory, len))
		return true;
	return sea_run_fail(run, arg->expr->pos, "the call left another address");
}

static bool check_one(struct sea_run *run, const struct sea_run_call *call, size_t i)
{
	const struct sea_run_arg *arg = &call->args[i];
	long result = call->call.result;
	uint32_t len = 0;

	switch (arg->kind) {
	case 'R':
		return !arg->memory ||
		       sea_run_check_bytes(run, arg->expr, arg->memory, (size_t)result);
	case 'A':
		return check_addr(run, arg);
	case 'L':
	case 'N':
		return check_len(run, arg);
	case 'm':
		return sea_run_check_msghdr(run, arg);
	case 'q':
		return check_pollfds(run, arg);
	case 'E':
		return check_epoll(run, arg, result);
	case 'O':
		if (i + 1 < call->n_args && call->args[i + 1].memory)
			memcpy(&len, call->args[i + 1].memory, sizeof(len));
		return check_option(run, call, arg, len);
	case 'x':
		return check_int(run, arg);
	default:
		return true;
	}
}

bool sea_run_check_args(struct sea_run *run, struct sea_run_call *call)
{
	if (call->call.result < 0)
		return true;
	for (size_t i = 0; i < call->n_args; i++)
		if (!check_one(run, call, i))
			return false;
	return true;
}
