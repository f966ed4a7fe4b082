// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/midway.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <seastack/time.h>

#include "packetimpact/replay/act.h"

#define FLIGHT_MAX (256u << 10)
#define SCALE_MAX 14
#define SMALL_WINDOW 1024u     /* who offers less has a scale */
#define USUAL 40000u           /* what Linux offers at least, less what was not read yet */
#define FULL_LEAST 500u        /* no full segment is shorter */
#define OFF_WITHOUT_PROBE (-1) /* TCP_REPAIR_OFF_NO_WP, which not all headers have */

struct view {
	const struct sea_talk *talk;
	const struct sea_talk_packet *first[2]; /* the peer's, the device's */
};

static uint16_t whole_of(bool v6)
{
	return v6 ? 1440 : 1460;
}

static bool counts(const struct sea_talk_packet *p)
{
	return !p->error && p->seg.tcp.flags & SEA_TCP_ACK &&
	       !(p->seg.tcp.flags & (SEA_TCP_SYN | SEA_TCP_RST));
}

/* False: there is a SYN, or nothing of the device's from which to learn. */
static bool look(struct view *v)
{
	for (size_t i = 0; i < v->talk->n; i++) {
		const struct sea_talk_packet *p = &v->talk->packets[i];

		if (!p->error && p->seg.tcp.flags & SEA_TCP_SYN)
			return false;
		if (counts(p) && !v->first[p->out])
			v->first[p->out] = p;
	}
	return v->first[true];
}

/* -- numbers -- */

static uint32_t lower(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0 ? a : b;
}

static bool device_is_first(const struct view *v)
{
	return !v->first[false] || v->first[true] < v->first[false];
}

/* What the device must have sent before: all below what it sends now, and what the peer has until then. */
static uint32_t flight_of(const struct view *v, uint32_t snd)
{
	uint32_t end = v->first[true]->seg.tcp.seq.v - snd;

	for (const struct sea_talk_packet *p = v->talk->packets; p < v->first[true]; p++) {
		const struct sea_tcp_opts *o = &p->seg.tcp.opts;

		for (uint8_t i = 0; counts(p) && i < o->n_sack; i++)
			if ((int32_t)(o->sack[i].end.v - snd - end) > 0)
				end = o->sack[i].end.v - snd;
	}
	return end <= FLIGHT_MAX ? end : 0;
}

static void find_numbers(struct sea_midway *m, const struct view *v)
{
	const struct sea_tcp_seg *out = &v->first[true]->seg.tcp;
	const struct sea_tcp_seg *in = v->first[false] ? &v->first[false]->seg.tcp : NULL;

	m->snd = out->seq.v;
	m->rcv = out->ack.v;
	if (!in)
		return;
	/* one below what was acknowledged, and nothing in it: a probe */
	if (!out->len && out->seq.v == in->ack.v - 1)
		m->snd = in->ack.v;
	else if (m->snd - in->ack.v <= FLIGHT_MAX)
		m->snd = in->ack.v;
	m->flight = flight_of(v, m->snd);
	if (!device_is_first(v) && (in->len || in->seq.v != m->rcv - 1))
		m->rcv = lower(m->rcv, in->seq.v);
}

/* -- windows -- */

/* The least scale with which what one side sent fits into what the other one had offered. */
static uint8_t scale_of(const struct sea_talk *talk, bool out)
{
	uint32_t largest = 0, ack = 0, wnd = 0;
	uint8_t scale = 0;
	bool known = false;

	for (size_t i = 0; i < talk->n; i++) {
		const struct sea_talk_packet *p = &talk->packets[i];
		const struct sea_tcp_seg *tcp = &p->seg.tcp;
		uint32_t end = tcp->seq.v + tcp->len - ack;

		if (!counts(p))
			continue;
		if (p->out == out) {
			known = true;
			ack = tcp->ack.v;
			wnd = tcp->wnd;
			largest = wnd > largest ? wnd : largest;
			continue;
		}
		/* one byte may probe a window that is closed */
		while (known && wnd && tcp->len > 1 && (int32_t)end > 0 && scale < SCALE_MAX &&
		       wnd << scale < end)
			scale++;
	}
	while (largest && largest < SMALL_WINDOW && scale < SCALE_MAX && largest << scale < USUAL)
		scale++;
	return scale;
}

static void find_windows(struct sea_midway *m, const struct view *v)
{
	const struct sea_tcp_seg *out = &v->first[true]->seg.tcp;

	m->rcv_scale = scale_of(v->talk, true);
	m->snd_scale = scale_of(v->talk, false);
	m->rcv_wnd = (out->wnd << m->rcv_scale) + (out->ack.v - m->rcv);
	m->snd_wnd = v->first[false] ? v->first[false]->seg.tcp.wnd << m->snd_scale : 65535;
}

/* -- options -- */

/* Of segments that came again and again, or before what was out; 0: none is known, or a card cut them. */
static uint16_t mss_of(const struct sea_midway *m, const struct sea_talk *talk)
{
	uint32_t largest = 0, times = 0, whole = whole_of(talk->v6);

	for (size_t i = 0; i < talk->n; i++) {
		const struct sea_talk_packet *p = &talk->packets[i];
		uint32_t n = p->seg.tcp.len + p->seg.opts_len, end = p->seg.tcp.seq.v + n;

		if (!counts(p) || !p->out || !p->seg.tcp.len)
			continue;
		if (n > whole)
			return 0;
		times = n > largest ? 0 : times;
		largest = n > largest ? n : largest;
		times += n == largest;
		times += n == largest && (int32_t)(m->snd + m->flight - end) > 0;
	}
	return times > 1 && largest >= FULL_LEAST ? (uint16_t)largest : 0;
}

/* Blocks are there, or nobody left them out behind a hole. */
static bool takes_sack(const struct sea_talk *talk)
{
	uint32_t highest = 0;
	bool left_out = false, known = false;

	for (size_t i = 0; i < talk->n; i++) {
		const struct sea_talk_packet *p = &talk->packets[i];
		uint32_t end = p->seg.tcp.seq.v + p->seg.tcp.len;

		if (!counts(p))
			continue;
		if (p->seg.tcp.opts.n_sack)
			return true;
		if (p->out)
			left_out |= known && (int32_t)(highest - p->seg.tcp.ack.v) > 0;
		else if (!known || (int32_t)(end - highest) > 0)
			highest = end;
		known |= !p->out;
	}
	return !left_out;
}

static void find_options(struct sea_midway *m, const struct view *v)
{
	const struct sea_tcp_opts *o = &v->first[true]->seg.tcp.opts;
	int64_t since = v->first[true]->ns - SEA_MIDWAY_NS;

	m->mss = mss_of(m, v->talk);
	m->sack = takes_sack(v->talk);
	m->ts = o->has_ts;
	m->stamp = o->ts_val - (uint32_t)(since / SEA_MSEC);
	m->echoed = o->has_ts && device_is_first(v) ? o->ts_ecr : 0;
}

void sea_midway_find(struct sea_midway *m, const struct sea_talk *talk)
{
	struct view v = { .talk = talk };

	*m = (struct sea_midway){ 0 };
	if (talk->proto != SEA_IPPROTO_TCP || !look(&v))
		return;
	m->is = true;
	find_numbers(m, &v);
	find_windows(m, &v);
	find_options(m, &v);
}

/* -- calls -- */

struct opening {
	struct sea_acts *acts;
	int64_t number;
	bool no_memory;
};

static struct sea_act *call(struct opening *o, enum sea_dut_nr nr, int64_t a0, int64_t a1,
			    int64_t a2)
{
	static struct sea_act nothing;
	struct sea_act *act = sea_acts_add(o->acts, 0, SEA_MIDWAY_NS, nr);

	o->no_memory |= !act;
	if (!act) {
		nothing = (struct sea_act){ 0 };
		act = &nothing;
	}
	act->arg[0] = a0;
	act->arg[1] = a1;
	act->arg[2] = a2;
	return act;
}

static void set(struct opening *o, int level, int name, const void *value, uint8_t len)
{
	struct sea_act *act = call(o, SEA_DUT_setsockopt, o->number, level, name);

	act->arg[3] = SEA_ACT_POINTER;
	act->arg[4] = act->value_len = len;
	memcpy(act->value, value, len);
}

static void set_number(struct opening *o, int name, uint32_t value)
{
	set(o, IPPROTO_TCP, name, &value, sizeof(value));
}

static void set_options(struct opening *o, const struct sea_midway *m)
{
	struct tcp_repair_opt options[4] = {
		{ .opt_code = TCPOPT_WINDOW,
		  .opt_val = m->snd_scale | (uint32_t)m->rcv_scale << 16 },
	};
	unsigned n = 1;

	if (m->sack)
		options[n++].opt_code = TCPOPT_SACK_PERMITTED;
	if (m->ts)
		options[n++].opt_code = TCPOPT_TIMESTAMP;
	if (m->mss)
		options[n++] = (struct tcp_repair_opt){ TCPOPT_MAXSEG, m->mss };
	set(o, IPPROTO_TCP, TCP_REPAIR_OPTIONS, options, (uint8_t)(n * sizeof(options[0])));
}

static void set_windows(struct opening *o, const struct sea_midway *m)
{
	const struct tcp_repair_window window = {
		.snd_wl1 = m->rcv,
		.snd_wnd = m->snd_wnd,
		.max_window = m->snd_wnd,
		.rcv_wnd = m->rcv_wnd,
		.rcv_wup = m->rcv,
	};

	set(o, IPPROTO_TCP, TCP_REPAIR_WINDOW, &window, sizeof(window));
}

bool sea_midway_open(const struct sea_midway *m, struct sea_acts *acts, bool v6, int64_t number)
{
	struct opening o = { .acts = acts, .number = number };
	const int32_t one = 1;

	call(&o, SEA_DUT_socket, v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)->result = number;
	set(&o, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	call(&o, SEA_DUT_bind, number, SEA_ACT_POINTER, 0);
	/* What it may send at most is settled when it connects. */
	set_number(&o, TCP_MAXSEG, m->mss ? m->mss : whole_of(v6));
	set_number(&o, TCP_REPAIR, 1);
	set_number(&o, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE);
	set_number(&o, TCP_QUEUE_SEQ, m->rcv);
	set_number(&o, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
	set_number(&o, TCP_QUEUE_SEQ, m->snd);
	call(&o, SEA_DUT_connect, number, SEA_ACT_POINTER, 0);
	set_options(&o, m);
	set_windows(&o, m);
	if (m->ts)
		set_number(&o, TCP_TIMESTAMP, m->stamp);
	if (m->flight)
		call(&o, SEA_DUT_write, number, SEA_ACT_POINTER, m->flight);
	set_number(&o, TCP_REPAIR, (uint32_t)OFF_WITHOUT_PROBE);
	return !o.no_memory;
}

/* -- what the peer had sent -- */

static void put_tcp(const struct sea_midway *m, const struct sea_talk *talk, uint8_t *tcp)
{
	static const uint8_t timestamp[] = { SEA_TCPOPT_NOP, SEA_TCPOPT_NOP, SEA_TCPOPT_TS, 10 };

	sea_put16(tcp, talk->port[1]);
	sea_put16(tcp + 2, talk->port[0]);
	sea_put32(tcp + 4, m->rcv);
	sea_put32(tcp + 8, m->snd);
	tcp[12] = 8 << 4;
	tcp[13] = SEA_TCP_ACK;
	sea_put16(tcp + 14, (uint16_t)(m->snd_wnd >> m->snd_scale));
	memcpy(tcp + 20, timestamp, sizeof(timestamp));
	sea_put32(tcp + 24, m->echoed);
	sea_put32(tcp + 28, m->stamp);
}

void sea_midway_ack(const struct sea_midway *m, const struct sea_talk *talk,
		    struct sea_talk_packet *p, uint8_t *bytes)
{
	const uint32_t header = talk->v6 ? 40 : 20, len = header + 32;
	const struct sea_lint_frame frame = { .ip = bytes, .caplen = len, .len = len };

	memset(bytes, 0, SEA_MIDWAY_ACK_MAX);
	bytes[0] = talk->v6 ? 0x60 : 0x45;
	bytes[talk->v6 ? 7 : 8] = 64;
	bytes[talk->v6 ? 6 : 9] = SEA_IPPROTO_TCP;
	sea_put16(bytes + (talk->v6 ? 4 : 2), (uint16_t)(talk->v6 ? 32 : len));
	put_tcp(m, talk, bytes + header);
	*p = (struct sea_talk_packet){ .bytes = bytes, .len = len };
	(void)sea_lint_segment_read(&frame, &p->seg);
	sea_lint_segment_tcp(&p->seg);
}
