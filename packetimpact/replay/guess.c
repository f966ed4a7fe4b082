// SPDX-License-Identifier: Apache-2.0
/* The program that would have had the device send what it sent. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "packetimpact/replay/act.h"
#include "packetimpact/replay/hint.h"

/* By which numbers the program knows its descriptors. */
enum { LISTENER = 3, SOCKET = 4 };

#define MORE 1460u
#define BEFORE_NS (-10 * SEA_MSEC) /* when what listens is there */

struct guess {
	struct sea_acts *acts;
	const struct sea_talk *talk;
	bool passive, answered; /* the peer's SYN was first; and it was not refused */
	uint32_t iss;           /* the device's */
	uint32_t written;       /* bytes of the stream */
	size_t wrote_at;        /* the packet that the last write() came before */
	bool over;              /* no more can be written */
	struct sea_hints hints;
	bool no_memory;
};

static struct sea_act *call(struct guess *g, size_t before, enum sea_dut_nr nr, int64_t a0,
			    int64_t a1, int64_t a2)
{
	static struct sea_act nothing;
	int64_t ns = before < g->talk->n ? g->talk->packets[before].ns : 0;
	struct sea_act *act = sea_acts_add(g->acts, before, ns, nr);

	if (!act) {
		g->no_memory = true;
		nothing = (struct sea_act){ 0 };
		return &nothing;
	}
	act->arg[0] = a0;
	act->arg[1] = a1;
	act->arg[2] = a2;
	return act;
}

static void set_option(struct guess *g, size_t before, int level, int name, const int32_t *value,
		       uint8_t len)
{
	int fd = g->passive ? LISTENER : SOCKET;
	struct sea_act *act =
		call(g, before, SEA_DUT_setsockopt, before ? SOCKET : fd, level, name);

	act->arg[3] = SEA_ACT_POINTER;
	act->arg[4] = act->value_len = len;
	memcpy(act->value, value, len);
}

static void new_socket(struct guess *g, size_t before, int type, int number)
{
	int family = g->talk->v6 ? AF_INET6 : AF_INET;
	const int32_t one = 1;

	call(g, before, SEA_DUT_socket, family, type, 0)->result = number;
	set_option(g, before, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	call(g, before, SEA_DUT_bind, number, SEA_ACT_POINTER, 0);
}

/* -- TCP -- */

/* The first packet, at or behind `i`, of these flags of these. */
static size_t find(const struct guess *g, size_t i, bool out, uint8_t mask, uint8_t flags)
{
	for (; i < g->talk->n; i++) {
		const struct sea_talk_packet *p = &g->talk->packets[i];

		if (p->out == out && (p->seg.tcp.flags & mask) == flags)
			break;
	}
	return i;
}

static uint32_t offset_of(const struct guess *g, const struct sea_lint_seg *seg)
{
	return seg->tcp.seq.v + !!(seg->tcp.flags & SEA_TCP_SYN) - g->iss - 1;
}

/* Who pushes nothing has more to send, of which the capture does not know: zeros. */
static uint32_t more_behind(const struct guess *g, uint32_t end)
{
	uint32_t room = g->acts->stream_room - end;

	return end == g->acts->stream_len && room ? room < MORE ? room : MORE : 0;
}

/* Where the write() ends that begins with packet `i`: with the first push, as far as is known. */
static uint32_t write_end(const struct guess *g, size_t i)
{
	uint32_t end = g->written;

	for (; i < g->talk->n; i++) {
		const struct sea_lint_seg *seg = &g->talk->packets[i].seg;
		uint32_t to = offset_of(g, seg) + seg->tcp.len;

		if (!g->talk->packets[i].out || !seg->tcp.len || to <= end ||
		    to > g->acts->stream_len)
			continue;
		end = to;
		if (seg->tcp.flags & (SEA_TCP_PSH | SEA_TCP_FIN))
			return end;
	}
	return end + more_behind(g, end);
}

static bool peer_goes_on(const struct guess *g, size_t i)
{
	for (; i < g->talk->n; i++) {
		if (!g->talk->packets[i].out && g->talk->packets[i].seg.tcp.len)
			return find(g, i, true, SEA_TCP_RST, SEA_TCP_RST) < g->talk->n;
	}
	return false;
}

/* A FIN beside data that left at once was put there while the data was held back. */
static void finish(struct guess *g, size_t i)
{
	bool beside = g->talk->packets[i].seg.tcp.len;

	g->over = true;
	if (peer_goes_on(g, i))
		call(g, beside ? g->wrote_at : i, SEA_DUT_close, SOCKET, 0, 0);
	else
		call(g, beside ? g->wrote_at : i, SEA_DUT_shutdown, SOCKET, SHUT_WR, 0);
}

/* Before packet `at`: what left with packet `i`, and all up to the next push. */
static void write_more(struct guess *g, size_t at, size_t i)
{
	const struct sea_lint_seg *seg = &g->talk->packets[i].seg;
	uint32_t end = write_end(g, i);
	const int32_t one = 1;

	if (seg->tcp.flags & SEA_TCP_FIN && at == i)
		set_option(g, i, IPPROTO_TCP, TCP_CORK, &one, sizeof(one));
	call(g, at, SEA_DUT_write, SOCKET, SEA_ACT_POINTER, end - g->written);
	g->written = end;
	g->acts->stream_len = end > g->acts->stream_len ? end : g->acts->stream_len;
	g->wrote_at = at;
}

/* Who probes a closed window has something to send since that closed. */
static void probe(struct guess *g, size_t i)
{
	size_t closed = i, next = i;

	while (closed && (g->talk->packets[closed - 1].out || g->talk->packets[closed - 1].error))
		closed--;
	if (!closed || g->talk->packets[closed - 1].seg.tcp.wnd)
		return;
	while (next < g->talk->n &&
	       !(g->talk->packets[next].out && g->talk->packets[next].seg.tcp.len &&
		 (int32_t)(offset_of(g, &g->talk->packets[next].seg) - g->written) >= 0))
		next++;
	write_more(g, closed, next < g->talk->n ? next : i);
}

static void abort_it(struct guess *g, size_t i)
{
	const int32_t linger[2] = { 1, 0 };

	g->over = true;
	set_option(g, i, SOL_SOCKET, SO_LINGER, linger, sizeof(linger));
	call(g, i, SEA_DUT_close, SOCKET, 0, 0);
}

static void follow(struct guess *g, size_t i)
{
	const struct sea_lint_seg *seg = &g->talk->packets[i].seg;
	uint32_t to = offset_of(g, seg) + seg->tcp.len;

	if (g->over)
		return;
	if (seg->tcp.flags & SEA_TCP_RST) {
		if (seg->tcp.flags & SEA_TCP_ACK)
			abort_it(g, i);
		return;
	}
	if (seg->tcp.len && to > g->written && to <= g->acts->stream_len)
		write_more(g, i, i);
	else if (!seg->tcp.len && to == g->written - 1u)
		probe(g, i);
	if (seg->tcp.flags & SEA_TCP_FIN)
		finish(g, i);
}

/* The right edge of the window that the device offers. */
static uint32_t edge_of(const struct sea_lint_seg *seg, uint8_t shift)
{
	return seg->tcp.ack.v + (seg->tcp.wnd << (seg->tcp.flags & SEA_TCP_SYN ? 0 : shift));
}

/* A window that closes is a program that has not read since the edge stood still, and has when it moves again. */
static void hold(struct guess *g, uint8_t shift)
{
	bool held = false;
	size_t since = 0;
	uint32_t edge = 0;

	for (size_t i = 0; i < g->talk->n; i++) {
		const struct sea_lint_seg *seg = &g->talk->packets[i].seg;

		if (!g->talk->packets[i].out || !(seg->tcp.flags & SEA_TCP_ACK) ||
		    seg->tcp.flags & SEA_TCP_RST)
			continue;
		if (!since || edge_of(seg, shift) != edge) {
			if (held)
				call(g, i, SEA_DUT_read, SOCKET, SEA_ACT_POINTER, 0)->reads_on =
					true;
			held = false;
			since = i + 1;
			edge = edge_of(seg, shift);
		}
		if (!seg->tcp.wnd && !held) {
			call(g, since, SEA_DUT_read, SOCKET, SEA_ACT_POINTER, 0)->stops = true;
			held = true;
		}
	}
}

static void open_tcp(struct guess *g, size_t syn)
{
	const int32_t one = 1;

	new_socket(g, 0, SOCK_STREAM, g->passive ? LISTENER : SOCKET);
	sea_hints_find(&g->hints, g->talk, g->iss);
	if (g->hints.nodelay)
		set_option(g, 0, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (g->hints.rcvbuf)
		set_option(g, 0, SOL_SOCKET, SO_RCVBUF, &g->hints.rcvbuf, sizeof(int32_t));
	if (g->hints.keep_idle) {
		set_option(g, 0, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
		set_option(g, 0, IPPROTO_TCP, TCP_KEEPIDLE, &g->hints.keep_idle, sizeof(int32_t));
		set_option(g, 0, IPPROTO_TCP, TCP_KEEPINTVL, &g->hints.keep_intvl, sizeof(int32_t));
	}
	if (g->passive) {
		call(g, 0, SEA_DUT_listen, LISTENER, 8, 0);
		call(g, 0, SEA_DUT_accept, LISTENER, 0, 0)->result = SOCKET;
	} else {
		call(g, syn, SEA_DUT_connect, SOCKET, SEA_ACT_POINTER, 0);
	}
	call(g, syn, SEA_DUT_read, SOCKET, SEA_ACT_POINTER, 0)->reads_on = true;
}

static void follow_from(struct guess *g, size_t i, uint8_t scale)
{
	for (; i < g->talk->n; i++) {
		if (g->talk->packets[i].out && !g->talk->packets[i].error)
			follow(g, i);
	}
	hold(g, scale);
}

/* It had begun before the capture: as that shows it. */
static void guess_midway(struct guess *g)
{
	const struct sea_midway *m = &g->acts->midway;

	g->iss = m->snd - 1;
	g->written = m->flight;
	g->no_memory |= !sea_midway_open(m, g->acts, g->talk->v6, SOCKET);
	call(g, 0, SEA_DUT_read, SOCKET, SEA_ACT_POINTER, 0)->reads_on = true;
	follow_from(g, 0, m->rcv_scale);
}

static bool guess_tcp(struct guess *g, const char **why)
{
	size_t theirs = find(g, 0, false, SEA_TCP_SYN | SEA_TCP_ACK | SEA_TCP_RST, SEA_TCP_SYN);
	size_t ours = find(g, 0, true, SEA_TCP_SYN | SEA_TCP_RST, SEA_TCP_SYN);
	const struct sea_tcp_seg *syn;

	if (g->acts->midway.is) {
		guess_midway(g);
		return true;
	}
	if (theirs == g->talk->n && ours == g->talk->n) {
		if (find(g, 0, true, SEA_TCP_RST, 0) == g->talk->n)
			return true; /* all that there was is refused */
		*why = "the capture lacks a part of the handshake, or all that tells how the device stood";
		return false;
	}
	g->passive = theirs < ours;
	if (ours == g->talk->n)
		return true; /* nobody listened */
	syn = &g->talk->packets[ours].seg.tcp;
	g->iss = syn->seq.v;
	open_tcp(g, g->passive ? 0 : ours);
	follow_from(g, ours, syn->opts.has_wscale ? syn->opts.wscale : 0);
	return true;
}

/* -- UDP and ICMP -- */

static void open_udp(struct guess *g, size_t before)
{
	new_socket(g, before, SOCK_DGRAM, SOCKET);
	call(g, before, SEA_DUT_recv, SOCKET, SEA_ACT_POINTER, 0)->reads_on = true;
}

static bool refuses(const struct sea_talk_packet *p)
{
	return p->error && p->out && p->seg.l4[0] == (p->seg.v6 ? 1 : 3) &&
	       p->seg.l4[1] == (p->seg.v6 ? 4 : 3);
}

/* The port is closed at first: the device refuses before it sends anything. */
static bool begins_closed(const struct sea_talk *talk)
{
	for (size_t i = 0; i < talk->n; i++) {
		if (refuses(&talk->packets[i]))
			return true;
		if (talk->packets[i].out && !talk->packets[i].error)
			return false;
	}
	return false;
}

/* Before the datagram that is refused. */
static void close_udp(struct guess *g, size_t i)
{
	while (i && (g->talk->packets[i].out || g->talk->packets[i].error))
		i--;
	call(g, i, SEA_DUT_close, SOCKET, 0, 0);
}

static void guess_udp(struct guess *g)
{
	bool closed = begins_closed(g->talk);

	if (!closed)
		open_udp(g, 0);
	for (size_t i = 0; i < g->talk->n; i++) {
		struct sea_act *act;

		if (refuses(&g->talk->packets[i]) && !closed) {
			close_udp(g, i);
			closed = true;
		}
		if (!g->talk->packets[i].out || g->talk->packets[i].error)
			continue;
		if (closed)
			open_udp(g, i);
		closed = false;
		act = call(g, i, SEA_DUT_sendto, SOCKET, SEA_ACT_POINTER,
			   g->talk->packets[i].seg.l4_len - 8);
		act->arg[4] = SEA_ACT_POINTER;
	}
}

/* Echo is answered by the system itself. */
static bool guess_icmp(const struct guess *g, const char **why)
{
	for (size_t i = 0; i < g->talk->n; i++) {
		const struct sea_lint_seg *seg = &g->talk->packets[i].seg;

		if (!g->talk->packets[i].out || seg->l4[0] == (seg->v6 ? 129 : 0))
			continue;
		*why = "the device asks for an echo here: only who answers can be replayed";
		return false;
	}
	return true;
}

bool sea_acts_guess(struct sea_acts *acts, const struct sea_talk *talk, const char **why)
{
	struct guess g = { .acts = acts, .talk = talk };
	bool good = true;

	if (talk->proto == SEA_IPPROTO_TCP)
		good = guess_tcp(&g, why);
	else if (talk->proto == SEA_IPPROTO_UDP)
		guess_udp(&g);
	else
		good = guess_icmp(&g, why);
	sea_acts_sort(acts);
	/* What is asked for first is there before the first packet. */
	for (size_t i = 0; i < acts->n && !acts->v[i].before && !acts->midway.is; i++) {
		if (acts->v[i].nr != SEA_DUT_connect && acts->v[i].nr != SEA_DUT_sendto)
			acts->v[i].ns = BEFORE_NS;
	}
	return good && !g.no_memory;
}
