// SPDX-License-Identifier: Apache-2.0
/* struct msghdr with its control messages. */
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include "packetimpact/run/call.h"

#define CONTROL_MAX 2048
#define NS_PER_SEC INT64_C(1000000000)

static const struct sea_expr *value_of(const struct sea_expr *group, const char *name)
{
	const struct sea_expr *field = sea_expr_field(group, name);

	return field ? field->items[0] : NULL;
}

static bool is_nothing(const struct sea_expr *expr)
{
	return !expr || expr->kind == SEA_EXPR_ELLIPSIS;
}

/* ---- what is sent ---- */

static bool put_cmsgs(struct sea_run *run, const struct sea_expr *list, struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	size_t sum = 0;

	msg->msg_control = sea_run_alloc(run, CONTROL_MAX);
	msg->msg_controllen = CONTROL_MAX;
	cmsg = msg->msg_control ? CMSG_FIRSTHDR(msg) : NULL;
	for (size_t i = 0; cmsg && i < list->n_items; i++, cmsg = CMSG_NXTHDR(msg, cmsg)) {
		const struct sea_expr *one = list->items[i];
		const struct sea_expr *level = value_of(one, "cmsg_level");
		const struct sea_expr *type = value_of(one, "cmsg_type");
		const struct sea_expr *data = value_of(one, "cmsg_data");
		int64_t numbers[3];
		int value;

		if (!level || !type || !data)
			return sea_run_fail(
				run, one->pos,
				"{cmsg_level=, cmsg_type=, cmsg_data=} is expected here");
		if (!sea_run_int(run, level, &numbers[0]) || !sea_run_int(run, type, &numbers[1]) ||
		    !sea_run_int(run, data, &numbers[2]))
			return false;
		value = (int)numbers[2];
		cmsg->cmsg_level = (int)numbers[0];
		cmsg->cmsg_type = (int)numbers[1];
		cmsg->cmsg_len = CMSG_LEN(sizeof(value));
		memcpy(CMSG_DATA(cmsg), &value, sizeof(value));
		sum += CMSG_SPACE(sizeof(value));
	}
	msg->msg_controllen = sum;
	if (sum < list->n_items * CMSG_SPACE(sizeof(int)) && msg->msg_control)
		return sea_run_fail(run, list->pos, "these are too many control messages");
	return msg->msg_control;
}

static bool put_control(struct sea_run *run, const struct sea_expr *group, struct msghdr *msg,
			bool fill)
{
	const struct sea_expr *list = value_of(group, "msg_control");

	if (!fill)
		return is_nothing(list) || !list->n_items || put_cmsgs(run, list, msg);
	msg->msg_control = sea_run_alloc(run, CONTROL_MAX);
	msg->msg_controllen = list ? CONTROL_MAX : 0;
	return msg->msg_control;
}

static bool put_name(struct sea_run *run, const struct sea_expr *group, struct msghdr *msg,
		     bool fill)
{
	const struct sea_expr *name = value_of(group, "msg_name");
	int domain = run->config.family == SEA_RUN_IPV4 ? AF_INET : AF_INET6;

	if (!name || sea_run_is_null(name))
		return true;
	msg->msg_name = sea_run_alloc(run, sizeof(struct sockaddr_storage));
	msg->msg_namelen = sizeof(struct sockaddr_storage);
	return msg->msg_name && (fill || sea_run_sockaddr(run, name, true, domain, msg->msg_name,
							  &msg->msg_namelen));
}

bool sea_run_msghdr(struct sea_run *run, struct sea_run_arg *arg, bool fill)
{
	const struct sea_expr *iov = value_of(arg->expr, "msg_iov");
	struct msghdr *msg = sea_run_alloc(run, sizeof(*msg));
	void *memory = NULL;
	size_t n = 0;

	if (arg->expr->kind != SEA_EXPR_GROUP)
		return sea_run_fail(run, arg->expr->pos, "{msg_name(...)=..., …} is expected here");
	if (!msg || !put_name(run, arg->expr, msg, fill) ||
	    (iov && !sea_run_iovecs(run, iov, NULL, &memory, &n)) ||
	    !put_control(run, arg->expr, msg, fill))
		return false;
	msg->msg_iov = memory;
	msg->msg_iovlen = n;
	arg->memory = msg;
	arg->word = (uintptr_t)msg;
	return true;
}

/* ---- what was received ---- */

static bool wrong(struct sea_run *run, const struct sea_expr *expr, const char *what,
		  int64_t expected, int64_t seen)
{
	sea_run_fail(run, expr->pos, "a control message is not the expected one");
	sea_run_note(run, "  %s: expected %lld, seen %lld", what, (long long)expected,
		     (long long)seen);
	return false;
}

static bool check_number(struct sea_run *run, const struct sea_expr *expr, const char *what,
			 int64_t seen)
{
	int64_t expected;

	if (is_nothing(expr))
		return true;
	if (!sea_run_int(run, expr, &expected))
		return false;
	return expected == seen || wrong(run, expr, what, expected, seen);
}

static bool check_error(struct sea_run *run, const struct sea_expr *group, const uint8_t *data,
			size_t len)
{
	struct sock_extended_err e;

	if (len < sizeof(e))
		return wrong(run, group, "bytes", sizeof(e), (int64_t)len);
	memcpy(&e, data, sizeof(e));
	return check_number(run, value_of(group, "ee_errno"), "ee_errno", e.ee_errno) &&
	       check_number(run, value_of(group, "ee_origin"), "ee_origin", e.ee_origin) &&
	       check_number(run, value_of(group, "ee_type"), "ee_type", e.ee_type) &&
	       check_number(run, value_of(group, "ee_code"), "ee_code", e.ee_code) &&
	       check_number(run, value_of(group, "ee_info"), "ee_info", e.ee_info) &&
	       check_number(run, value_of(group, "ee_data"), "ee_data", e.ee_data);
}

/*
 * Timestamps are of the machine's clock. How it stands to the script's says the first one; from then on
 * they must agree to the tolerance.
 */
static bool check_stamp(struct sea_run *run, const struct sea_expr *group, const uint8_t *data,
			size_t len)
{
	const struct sea_expr *sec = value_of(group, "scm_sec"),
			      *nsec = value_of(group, "scm_nsec");
	int64_t s = 0, ns = 0, stamp[2], want, off;

	if (len < sizeof(stamp))
		return wrong(run, group, "bytes", 48, (int64_t)len);
	if ((sec && !sea_run_int(run, sec, &s)) || (nsec && !sea_run_int(run, nsec, &ns)))
		return false;
	want = s * NS_PER_SEC + ns;
	if (!want)
		return true; /* any */
	memcpy(stamp, data, sizeof(stamp));
	off = stamp[0] * NS_PER_SEC + stamp[1] - want;
	if (!run->has_wall)
		run->wall_ns = off;
	run->has_wall = true;
	off -= run->wall_ns;
	if ((off < 0 ? -off : off) <= run->config.tolerance_ns)
		return true;
	return wrong(run, group, "nanoseconds of the timestamp", want, want + off);
}

/* {TCP_NLA_BUSY=…, …}: netlink attributes in this order. */
static bool check_attrs(struct sea_run *run, const struct sea_expr *group, const uint8_t *data,
			size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < group->n_items; i++) {
		const struct sea_expr *field = group->items[i];
		struct sea_expr name = { .kind = SEA_EXPR_NAME,
					 .pos = field->pos,
					 .text = field->text };
		uint16_t header[2] = { 0 };
		int64_t type;
		uint64_t value = 0;

		if (field->kind != SEA_EXPR_FIELD || !sea_run_int(run, &name, &type))
			return sea_run_fail(run, field->pos, "NAME=value is expected here");
		if (len - at >= sizeof(header))
			memcpy(header, data + at, sizeof(header));
		if (header[0] < 4 || header[0] > len - at || header[0] > 12)
			return wrong(run, field, "bytes of the attribute", 4, header[0]);
		memcpy(&value, data + at + 4, header[0] - 4u);
		if (header[1] != type)
			return wrong(run, field, "the attribute", type, header[1]);
		if (!check_number(run, field->items[0], field->text.s, (int64_t)value))
			return false;
		at += (header[0] + 3u) & ~3u;
		at = at > len ? len : at;
	}
	return true;
}

static bool check_data(struct sea_run *run, const struct sea_expr *data, const uint8_t *bytes,
		       size_t len)
{
	int value;

	if (is_nothing(data))
		return true;
	if (data->kind == SEA_EXPR_GROUP && sea_expr_field(data, "ee_errno"))
		return check_error(run, data, bytes, len);
	if (data->kind == SEA_EXPR_GROUP && sea_expr_field(data, "scm_sec"))
		return check_stamp(run, data, bytes, len);
	if (data->kind == SEA_EXPR_GROUP)
		return check_attrs(run, data, bytes, len);
	if (len != sizeof(value))
		return wrong(run, data, "bytes", sizeof(value), (int64_t)len);
	memcpy(&value, bytes, sizeof(value));
	return check_number(run, data, "cmsg_data", value);
}

static bool check_cmsgs(struct sea_run *run, const struct sea_expr *list, struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	size_t n = 0;

	for (; cmsg; cmsg = CMSG_NXTHDR(msg, cmsg), n++) {
		const struct sea_expr *one = n < list->n_items ? list->items[n] : NULL;

		if (!one)
			continue;
		if (!check_number(run, value_of(one, "cmsg_level"), "cmsg_level",
				  cmsg->cmsg_level) ||
		    !check_number(run, value_of(one, "cmsg_type"), "cmsg_type", cmsg->cmsg_type) ||
		    !check_data(run, value_of(one, "cmsg_data"), CMSG_DATA(cmsg),
				cmsg->cmsg_len - CMSG_LEN(0)))
			return false;
	}
	return n == list->n_items ||
	       wrong(run, list, "control messages", (int64_t)list->n_items, (int64_t)n);
}

bool sea_run_check_msghdr(struct sea_run *run, const struct sea_run_arg *arg)
{
	const struct sea_expr *list = value_of(arg->expr, "msg_control");
	struct msghdr *msg = arg->memory;

	if (!check_number(run, value_of(arg->expr, "msg_flags"), "msg_flags", msg->msg_flags))
		return false;
	return is_nothing(list) || check_cmsgs(run, list, msg);
}
