// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/hint.h"

#include <seastack/time.h>

#define SHORT_MAX 500u        /* no full segment is shorter */
#define WINDOW_DEFAULT 60000u /* a first window that is not much less was not asked for */

static bool never_waits(const struct sea_talk *talk, uint32_t iss)
{
	uint32_t una = 0, end = 0, small_end = 0, largest = 0;
	bool small = false;

	for (size_t i = 0; i < talk->n; i++) {
		const struct sea_talk_packet *p = &talk->packets[i];
		uint32_t at = p->seg.tcp.seq.v - iss;

		if (!p->out && p->seg.tcp.flags & SEA_TCP_ACK &&
		    (int32_t)(p->seg.tcp.ack.v - iss - una) > 0)
			una = p->seg.tcp.ack.v - iss;
		if (!p->out || !p->seg.tcp.len || (int32_t)(at - end) < 0)
			continue;
		end = at + p->seg.tcp.len;
		largest = p->seg.tcp.len > largest ? p->seg.tcp.len : largest;
		if (p->seg.tcp.len >= largest && p->seg.tcp.len >= SHORT_MAX)
			continue;
		if (small && (int32_t)(small_end - una) > 0)
			return true;
		small = true;
		small_end = end;
	}
	return false;
}

static int32_t seconds(int64_t ns)
{
	int64_t s = (ns + SEA_SEC / 2) / SEA_SEC;

	return s < 1 ? 1 : s > 32767 ? 32767 : (int32_t)s;
}

/* Segments without data one below what was sent, while the window is open. */
static void keepalive(struct sea_hints *hints, const struct sea_talk *talk, uint32_t iss)
{
	uint32_t sent = 0, window = 1;
	int64_t last_ns = 0;

	for (size_t i = 0; i < talk->n; i++) {
		const struct sea_talk_packet *p = &talk->packets[i];
		uint32_t end = p->seg.tcp.seq.v - iss + sea_tcp_seg_len(&p->seg.tcp);
		bool probes = p->out && end == sent - 1u && sent &&
			      p->seg.tcp.flags == SEA_TCP_ACK && window;

		if (probes && !hints->keep_idle)
			hints->keep_idle = hints->keep_intvl = seconds(p->ns - last_ns);
		else if (probes)
			hints->keep_intvl = seconds(p->ns - last_ns);
		if (p->out && (int32_t)(end - sent) > 0)
			sent = end;
		if (!p->out && !p->error)
			window = p->seg.tcp.wnd;
		last_ns = p->ns;
	}
}

/* Of a window that is whole segments of a smaller buffer: a round number that would lead to it. */
static int32_t buffer_of(uint32_t window, uint32_t mss)
{
	static const uint32_t rounds[] = { 10000, 1000, 1 };

	for (uint32_t n = 1024; n < window + mss; n *= 2) {
		if (n >= window)
			return (int32_t)n;
	}
	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
		uint32_t n = (window + rounds[i] - 1) / rounds[i] * rounds[i];

		if (n < window + mss)
			return (int32_t)n;
	}
	return (int32_t)window;
}

static void buffer(struct sea_hints *hints, const struct sea_talk *talk)
{
	const struct sea_tcp_seg *ours = NULL;

	for (size_t i = 0; i < talk->n; i++) {
		const struct sea_tcp_seg *tcp = &talk->packets[i].seg.tcp;

		if (talk->packets[i].out && !ours &&
		    (tcp->flags & (SEA_TCP_SYN | SEA_TCP_RST)) == SEA_TCP_SYN)
			ours = tcp;
	}
	if (ours && ours->wnd && ours->wnd < WINDOW_DEFAULT)
		hints->rcvbuf = buffer_of(ours->wnd, ours->opts.has_mss ? ours->opts.mss : 536);
}

void sea_hints_find(struct sea_hints *hints, const struct sea_talk *talk, uint32_t iss)
{
	*hints = (struct sea_hints){ .nodelay = never_waits(talk, iss) };
	keepalive(hints, talk, iss);
	buffer(hints, talk);
}
