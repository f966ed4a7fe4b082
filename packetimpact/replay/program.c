// SPDX-License-Identifier: Apache-2.0
/* The program: acts made into calls on the device. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "packetimpact/replay/state.h"

#define READ_MAX (1u << 20)
#define READ_AT_ONCE 65536 /* by a program of which nothing is known */
#define ZEROS_MAX (1u << 20)

struct sea_play_call {
	struct sea_dut_call call;
	const struct sea_act *act;
	bool taken; /* its result was looked at */
	struct sockaddr_storage addr;
	uint8_t value[SEA_ACT_TEXT_MAX];
	socklen_t len; /* of what a getsockopt() may put there */
	struct sea_play_call *next;
};

static void *scratch(struct sea_play *play)
{
	if (!play->scratch) {
		play->scratch = calloc(1, READ_MAX + ZEROS_MAX);
		for (size_t i = 0; i < SEA_PLAY_FDS; i++)
			play->fds[i] = -1;
	}
	play->no_memory |= !play->scratch;
	return play->scratch;
}

static bool has_number(int64_t number)
{
	return number >= 0 && number < SEA_PLAY_FDS;
}

static bool makes_fd(enum sea_dut_nr nr)
{
	return nr == SEA_DUT_socket || nr == SEA_DUT_accept || nr == SEA_DUT_accept4 ||
	       nr == SEA_DUT_dup || nr == SEA_DUT_epoll_create || nr == SEA_DUT_epoll_create1;
}

/* -- may it be made? -- */

/* Calls of one program are made one after the other; only what reads, and accepts, is beside them. */
static bool is_busy(const struct sea_play *play)
{
	for (const struct sea_play_call *c = play->calls; c; c = c->next) {
		if (!c->call.done && !c->act->reads_on && !makes_fd(c->act->nr))
			return true;
	}
	return false;
}

/* Its descriptor is still to come. */
static bool waits_for_fd(const struct sea_play *play, const struct sea_act *act)
{
	if (makes_fd(act->nr) && act->nr != SEA_DUT_dup && act->nr != SEA_DUT_accept)
		return false;
	if (!has_number(act->arg[0]) || play->fds[act->arg[0]] >= 0)
		return false;
	for (const struct sea_play_call *c = play->calls; c; c = c->next) {
		if (!c->call.done && makes_fd(c->act->nr) && c->act->result == act->arg[0])
			return true;
	}
	return false;
}

static bool is_ready(const struct sea_play *play, const struct sea_act *act)
{
	if (waits_for_fd(play, act))
		return false;
	return play->acts->told || act->reads_on || act->stops || makes_fd(act->nr) ||
	       !is_busy(play);
}

/* -- arguments -- */

static uint64_t word(const void *at)
{
	return (uint64_t)(uintptr_t)at;
}

static socklen_t put_address(struct sea_play *play, struct sea_play_call *c, int family, bool peer)
{
	const struct sea_addr *addr = &play->config.local;
	uint16_t port = htons(play->talk->port[peer]);

	if (family == AF_INET && !play->talk->v6) {
		struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = port };

		memcpy(&in.sin_addr, peer ? play->map.peer : addr->b, 4);
		memcpy(&c->addr, &in, sizeof(in));
		return sizeof(in);
	}
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = port };

	if (play->talk->v6) {
		memcpy(&in6.sin6_addr, peer ? play->map.peer : addr->b, 16);
	} else {
		in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
		memcpy(in6.sin6_addr.s6_addr + 12, peer ? play->map.peer : addr->b, 4);
	}
	memcpy(&c->addr, &in6, sizeof(in6));
	return sizeof(in6);
}

/* What is to be written: the bytes that the captured device sent next, and zeros where it is not known. */
static const uint8_t *data_for(struct sea_play *play, const struct sea_act *act, int64_t *n)
{
	const struct sea_acts *acts = play->acts;
	const struct sea_talk *talk = play->talk;
	uint32_t at = play->written;

	if (talk->proto == SEA_IPPROTO_TCP) {
		uint32_t done = (uint32_t)(acts->told && act->result >= 0 ? act->result : *n);

		play->written += acts->told && act->result < 0 ? 0 : done;
		if (*n >= 0 && at <= acts->stream_len && *n <= acts->stream_len - at &&
		    acts->stream)
			return acts->stream + at;
	} else if (act->before < talk->n && talk->packets[act->before].out &&
		   talk->packets[act->before].seg.l4_len - 8 == *n) {
		return talk->packets[act->before].seg.l4 + 8;
	}
	*n = *n > ZEROS_MAX ? ZEROS_MAX : *n;
	return play->scratch + READ_MAX;
}

static void set_args(struct sea_dut_call *call, enum sea_dut_nr nr, uint64_t fd, uint64_t a1,
		     uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	sea_dut_call_init(call, nr, fd, a1, a2, a3, a4, a5);
}

/* write(), writev(), send(), sendto(), sendmsg(): one sendto(), or a write() where there are no flags. */
static void as_write(struct sea_play *play, struct sea_play_call *c, uint64_t fd)
{
	const struct sea_act *act = c->act;
	bool sends = act->nr == SEA_DUT_send || act->nr == SEA_DUT_sendto;
	bool vectors = act->nr == SEA_DUT_sendmsg || act->nr == SEA_DUT_writev ||
		       act->nr == SEA_DUT_sendfile || act->nr == SEA_DUT_splice;
	int64_t n = vectors ? act->result : act->arg[2];
	int64_t flags = sends ? act->arg[3] : act->nr == SEA_DUT_sendmsg ? act->arg[2] : 0;
	const uint8_t *data = data_for(play, act, &n);
	socklen_t len = 0;

	if (act->nr == SEA_DUT_sendto && act->arg[4] == SEA_ACT_POINTER)
		len = put_address(play, c, play->families[act->arg[0]], true);
	if (sends || act->nr == SEA_DUT_sendmsg)
		set_args(&c->call, SEA_DUT_sendto, fd, word(data), (uint64_t)n, (uint64_t)flags,
			 len ? word(&c->addr) : 0, len);
	else
		set_args(&c->call, SEA_DUT_write, fd, word(data), (uint64_t)n, 0, 0, 0);
}

static void as_read(struct sea_play *play, struct sea_play_call *c, uint64_t fd)
{
	const struct sea_act *act = c->act;
	bool vectors = act->nr == SEA_DUT_recvmsg || act->nr == SEA_DUT_readv;
	int64_t n = act->reads_on || vectors ? READ_AT_ONCE : act->arg[2], flags = 0;

	/* A vector may have been shorter; what it read was all of it at least. */
	if (vectors && act->result > 0)
		n = act->result;
	if (act->nr == SEA_DUT_recv || act->nr == SEA_DUT_recvfrom)
		flags = act->arg[3];
	else if (act->nr == SEA_DUT_recvmsg)
		flags = act->arg[2];
	n = n < 0 ? 0 : n > READ_MAX ? READ_MAX : n;
	if (act->nr == SEA_DUT_read || act->nr == SEA_DUT_readv)
		set_args(&c->call, SEA_DUT_read, fd, word(play->scratch), (uint64_t)n, 0, 0, 0);
	else
		set_args(&c->call, SEA_DUT_recv, fd, word(play->scratch), (uint64_t)n,
			 (uint64_t)flags, 0, 0);
}

static void as_address(struct sea_play *play, struct sea_play_call *c, uint64_t fd)
{
	socklen_t len =
		put_address(play, c, play->families[c->act->arg[0]], c->act->nr == SEA_DUT_connect);

	play->bound |= c->act->nr == SEA_DUT_bind;
	set_args(&c->call, c->act->nr, fd, word(&c->addr), len, 0, 0, 0);
}

/* False: it is none that can be made from what is known of it, or that does anything to a connection. */
static bool prepare(struct sea_play *play, struct sea_play_call *c)
{
	const struct sea_act *act = c->act;
	bool known = has_number(act->arg[0]);
	uint64_t fd = known ? (uint64_t)(int64_t)play->fds[act->arg[0]] : UINT64_MAX;

	switch (act->nr) {
	case SEA_DUT_socket:
		set_args(&c->call, act->nr, (uint64_t)act->arg[0], (uint64_t)act->arg[1],
			 (uint64_t)act->arg[2], 0, 0, 0);
		return act->arg[0] == AF_INET || act->arg[0] == AF_INET6;
	case SEA_DUT_bind:
	case SEA_DUT_connect:
		if (known)
			as_address(play, c, fd);
		return known;
	case SEA_DUT_accept:
	case SEA_DUT_accept4:
		set_args(&c->call, act->nr, fd, 0, 0, (uint64_t)act->arg[3], 0, 0);
		return true;
	case SEA_DUT_listen:
	case SEA_DUT_shutdown:
	case SEA_DUT_close:
	case SEA_DUT_dup:
		set_args(&c->call, act->nr, fd, (uint64_t)act->arg[1], 0, 0, 0, 0);
		return true;
	case SEA_DUT_fcntl:
		set_args(&c->call, act->nr, fd, (uint64_t)act->arg[1], (uint64_t)act->arg[2], 0, 0,
			 0);
		/* no more: a capture may say anything, and this process is not its own */
		return act->arg[1] == F_SETFL && !(act->arg[2] & ~(O_ACCMODE | O_NONBLOCK));
	case SEA_DUT_getsockopt: /* SO_ERROR is no more when it was told */
		c->len = sizeof(c->value);
		set_args(&c->call, act->nr, fd, (uint64_t)act->arg[1], (uint64_t)act->arg[2],
			 word(c->value), word(&c->len), 0);
		return act->arg[1] == SOL_SOCKET && act->arg[2] == SO_ERROR;
	case SEA_DUT_setsockopt:
		memcpy(c->value, act->value, sizeof(c->value));
		set_args(&c->call, act->nr, fd, (uint64_t)act->arg[1], (uint64_t)act->arg[2],
			 word(c->value), act->value_len, 0);
		return act->value_len;
	case SEA_DUT_write:
	case SEA_DUT_writev:
	case SEA_DUT_send:
	case SEA_DUT_sendto:
	case SEA_DUT_sendmsg:
	case SEA_DUT_sendfile:
	case SEA_DUT_splice:
		if (!known)
			return false;
		as_write(play, c, fd);
		return (int64_t)c->call.arg[2] >= 0;
	case SEA_DUT_read:
	case SEA_DUT_readv:
	case SEA_DUT_recv:
	case SEA_DUT_recvfrom:
	case SEA_DUT_recvmsg:
		as_read(play, c, fd);
		return true;
	default:
		return false;
	}
}

/* -- making them -- */

static struct sea_play_call *add(struct sea_play *play, const struct sea_act *act)
{
	struct sea_play_call *c = calloc(1, sizeof(*c));

	if (!c) {
		play->no_memory = true;
		return NULL;
	}
	c->act = act;
	c->call.done = true;
	c->taken = true;
	c->next = play->calls;
	play->calls = c;
	return c;
}

static void make(struct sea_play *play, struct sea_play_call *c)
{
	if (!prepare(play, c))
		return;
	c->taken = false;
	sea_dut_begin(play->dut, &c->call);
}

/* An address is the device's to choose, but its port is that of the capture. */
static void bind_first(struct sea_play *play, const struct sea_act *act)
{
	static const struct sea_act bind = { .nr = SEA_DUT_bind };
	struct sea_play_call *c;

	if (play->bound || !has_number(act->arg[0]))
		return;
	c = add(play, &bind);
	if (!c)
		return;
	set_args(&c->call, SEA_DUT_bind, (uint64_t)(int64_t)play->fds[act->arg[0]], word(&c->addr),
		 put_address(play, c, play->families[act->arg[0]], false), 0, 0, 0);
	sea_dut_begin(play->dut, &c->call);
	play->bound = true;
}

/* Who waits in a read() holds the socket: that ends before another call closes it. */
static void stop_reading(struct sea_play *play)
{
	for (struct sea_play_call *c = play->calls; c; c = c->next) {
		if (c->act->reads_on && !c->call.done)
			sea_dut_interrupt(play->dut, &c->call);
		c->taken |= c->act->reads_on;
	}
}

static void begin(struct sea_play *play, const struct sea_act *act)
{
	struct sea_play_call *c;

	if (act->stops || (act->nr == SEA_DUT_close && !play->acts->told))
		stop_reading(play);
	if (act->stops)
		return;
	if (act->nr == SEA_DUT_connect || act->nr == SEA_DUT_sendto)
		bind_first(play, act);
	c = add(play, act);
	if (c)
		make(play, c);
}

void sea_play_calls(struct sea_play *play)
{
	const struct sea_acts *acts = play->acts;

	if (!scratch(play))
		return;
	while (play->next_act < acts->n && !play->no_memory) {
		const struct sea_act *act = &acts->v[play->next_act];

		if (act->before > play->next ||
		    play->base_ns + act->ns + play->slip_ns > sea_dut_now(play->dut).ns ||
		    !is_ready(play, act))
			return;
		play->next_act++;
		begin(play, act);
		sea_play_reap(play);
	}
}

int64_t sea_play_next_call(const struct sea_play *play)
{
	const struct sea_act *act;
	int64_t ns;

	if (play->next_act >= play->acts->n)
		return INT64_MAX;
	act = &play->acts->v[play->next_act];
	if (act->before > play->next)
		return INT64_MAX;
	ns = play->base_ns + act->ns + play->slip_ns;
	/* What is due already waits for something else than time. */
	return ns > sea_dut_now(play->dut).ns ? ns : INT64_MAX;
}

/* -- what came of them -- */

static void take_result(struct sea_play *play, struct sea_play_call *c)
{
	const struct sea_act *act = c->act;
	long result = c->call.result;

	if (makes_fd(act->nr) && has_number(act->result) && result >= 0) {
		play->fds[act->result] = (int)result;
		if (act->nr == SEA_DUT_socket)
			play->families[act->result] = (int)act->arg[0];
		else if (has_number(act->arg[0]))
			play->families[act->result] = play->families[act->arg[0]];
	}
	if (act->reads_on && (result > 0 || (!result && play->talk->proto == SEA_IPPROTO_UDP)))
		make(play, c);
}

void sea_play_reap(struct sea_play *play)
{
	struct sea_play_call **at = &play->calls;

	while (*at) {
		struct sea_play_call *c = *at;

		if (c->call.done && !c->taken) {
			c->taken = true;
			take_result(play, c);
		}
		if (!c->call.done || !c->taken) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		free(c);
	}
}

void sea_play_calls_fini(struct sea_play *play)
{
	while (play->calls) {
		struct sea_play_call *c = play->calls;

		play->calls = c->next;
		free(c);
	}
	free(play->scratch);
}
