/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/tcp and tcp6: listeners, then connections, requests and TIME_WAIT; and of protocols the lines of TCP. */
#include <inttypes.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <seastack/stats.h>

#include "transport/diag/inet.h"
#include "transport/procnet.h"
#include "transport/tcp/cc.h"
#include "transport/tcp/info.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/pingpong.h"
#include "transport/tcp/side.h"
#include "transport/tcp/socket.h"
#include "transport/tcp/windows.h"

#define WIDTH 149  /* of lines of IPv4 */
#define COLUMNS 4  /* of the number */
#define TICK_MS 10 /* USER_HZ */
#define TICK_US 10000
#define TIMER_TIME_WAIT 3 /* as diag.c has it */

#define NO_POINTER "0000000000000000"

/* Slow start of a new connection has no threshold: -1. */
static int64_t threshold(const struct tcp_conn *c, uint32_t ssthresh)
{
	if (c->state == TCP_S_LISTEN)
		return c->side->fo.qlen_max;
	return ssthresh >= TCP_SSTHRESH_INFINITE ? -1 : (int64_t)ssthresh;
}

/* Who else holds it is Linux's own business: its table does. */
static void put_conn(struct sea_text *t, const struct tcp_conn *c, const struct sea_diag *e)
{
	struct tcp_info_wire info;

	sea_tcp_info_fill(c, &info);
	sea_procnet_put(t, "%02X:%08" PRIX32 " %08X %5" PRIu32 " %8u %" PRIu32 " 1 " NO_POINTER " ",
			e->timer, e->expires_ms / TICK_MS, c->retransmits, e->owner.uid,
			c->probes_out, e->owner.inode);
	sea_procnet_put(t, "%" PRIu64 " %" PRIu32 " %u %" PRIu32 " %" PRId64,
			(uint64_t)(tcp_rto_ns(c, c->rto_shift) / (TICK_US * SEA_USEC)),
			info.ato / TICK_US, (unsigned)c->ack.quick << 1 | tcp_in_pingpong(c),
			info.snd_cwnd, threshold(c, info.snd_ssthresh));
}

/* Whose the listener is, his is the request. */
static uint32_t uid_of(const struct tcp_req *req)
{
	return sea_sock_owner_of(&req->listener->sock).uid;
}

static void put_small(struct sea_text *t, const struct sea_diag *e)
{
	bool tw = e->timer == TIMER_TIME_WAIT;

	sea_procnet_put(t, "%02X:%08" PRIX32 " %08X %5" PRIu32 "        0 0 %d " NO_POINTER,
			e->timer, e->expires_ms / TICK_MS, tw ? 0u : e->retrans,
			tw ? 0u : uid_of(e->object), tw ? 3 : 0);
}

static void put_line(struct sea_text *t, struct sea_diag *e, uint64_t number, size_t width)
{
	size_t from = t->len;

	if (e->state == TCP_S_LISTEN) /* the room that it has is not shown */
		e->wqueue = 0;
	sea_procnet_put_sock(t, e, COLUMNS, number);
	/* What has none is a request or TIME_WAIT. */
	if (e->sock)
		put_conn(t, e->object, e);
	else
		put_small(t, e);
	sea_procnet_put_end(t, from, width);
}

/* Bound sockets that do nothing are not listed. */
static bool is_shown(const struct sea_diag *e, uint8_t family, bool listeners)
{
	return e->family == family && !e->short_of_all && (e->state == TCP_S_LISTEN) == listeners;
}

/* place[0]: number of the next line, the headings' included; [1]: sea_tcp_diag's; [2]: 0 among listeners, 1 behind. */
static bool write_socks(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			struct sea_text *t, uint8_t family)
{
	size_t width = family == SEA_AF_INET ? WIDTH : 0;
	struct sea_diag e = { 0 };

	if (sea_procnet_begins(cursor)) {
		sea_text_str(t, width ? sea_procnet_socks4 : sea_procnet_socks6);
		sea_procnet_put_end(t, 0, width);
		return true;
	}
	for (; cursor->place[2] < 2; cursor->place[2]++, cursor->place[1] = 0) {
		while (sea_tcp_diag.next(stack, &cursor->place[1], &e)) {
			if (is_shown(&e, family, !cursor->place[2])) {
				put_line(t, &e, cursor->place[0] - 2, width);
				return true;
			}
			e = (struct sea_diag){ 0 };
		}
	}
	return false;
}

static bool write_tcp(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		      struct sea_text *t)
{
	return write_socks(stack, cursor, t, SEA_AF_INET);
}

static bool write_tcp6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		       struct sea_text *t)
{
	return write_socks(stack, cursor, t, SEA_AF_INET6);
}

static const struct sea_procnet_file files[] = {
	{ .name = "tcp", .write = write_tcp },
	{ .name = "tcp6", .write = write_tcp6 },
};

static int64_t pages(struct sea_stack *stack)
{
	struct sea_memory memory = { .size = sizeof(memory) };

	sea_stack_memory(stack, &memory);
	return (int64_t)memory.tcp_mem;
}

static bool pressed(const struct sea_stack *stack)
{
	return !sea_time_is_never(sea_tcp_of(stack)->mem.pressed_since);
}

#define TCP                                                                               \
	.size = sizeof(struct tcp_conn), .type = SOCK_STREAM, .protocol = IPPROTO_TCP,    \
	.slab = true, .max_header = SEA_PKT_HEADROOM, .pages = pages, .pressed = pressed, \
	.ops = "yyyyyyyyyyyynyyyyy"

static const struct sea_procnet_proto protos[] = {
	{ .name = "TCPv6", .domain = SEA_AF_INET6, TCP },
	{ .name = "TCP", .domain = SEA_AF_INET, TCP },
};

const struct sea_procnet_files sea_tcp_proc_files = { files, sizeof(files) / sizeof(files[0]),
						      protos, 2 };
