// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/play.h"

#include <stdlib.h>
#include <string.h>

#include "packetimpact/replay/state.h"

#define START_NS (20 * SEA_MSEC)
#define WAIT_NS (2 * SEA_SEC) /* for what a packet acknowledges */
#define PAIR_AHEAD 32u
#define LIVE_MAX(captured) (4 * (captured) + 10000) /* answers that are kept */

static int64_t now_ns(const struct sea_play *play)
{
	return sea_dut_now(play->dut).ns;
}

/* -- what the device sends -- */

static bool quotes_ours(const struct sea_play *play, const struct sea_lint_seg *seg)
{
	struct sea_quote quote;

	return sea_quote_read(seg, &quote) && quote.proto == play->talk->proto &&
	       sea_get16(seg->l4 + quote.at) == play->talk->port[1] &&
	       sea_get16(seg->l4 + quote.at + 2) == play->talk->port[0];
}

static bool is_ours(const struct sea_play *play, const struct sea_lint_seg *seg)
{
	if (quotes_ours(play, seg))
		return true;
	if (seg->proto != play->talk->proto &&
	    !(seg->proto == SEA_IPPROTO_ICMPV6 && play->talk->proto == SEA_IPPROTO_ICMP))
		return false;
	if (play->talk->proto == SEA_IPPROTO_ICMP)
		return sea_get16(seg->l4 + 4) == play->talk->port[0];
	return sea_get16(seg->l4) == play->talk->port[0] &&
	       sea_get16(seg->l4 + 2) == play->talk->port[1];
}

/* The captured packet that this one is, if one of the next is: their timestamps go together. */
static void pair(struct sea_play *play, const struct sea_lint_seg *seg)
{
	const struct sea_talk *talk = play->talk;
	size_t looked = 0;

	if (!seg->tcp.opts.has_ts)
		return;
	for (size_t i = play->paired; i < talk->n && looked < PAIR_AHEAD; i++) {
		const struct sea_tcp_seg *tcp = &talk->packets[i].seg.tcp;

		if (!talk->packets[i].out)
			continue;
		looked++;
		if (tcp->seq.v - play->map.iss != seg->tcp.seq.v - play->map.live_iss ||
		    tcp->ack.v != seg->tcp.ack.v || !tcp->opts.has_ts)
			continue;
		sea_map_stamp(&play->map, tcp->opts.ts_val, seg->tcp.opts.ts_val);
		play->paired = i + 1;
		return;
	}
}

static void learn(struct sea_play *play, const struct sea_lint_seg *seg)
{
	uint32_t end;

	if (!play->map.known && seg->tcp.flags & SEA_TCP_SYN) {
		play->map.known = true;
		play->map.live_iss = seg->tcp.seq.v;
	}
	end = seg->tcp.seq.v + sea_tcp_seg_len(&seg->tcp) - play->map.live_iss;
	if (play->map.known && (int32_t)(end - play->live_sent) > 0)
		play->live_sent = end;
	pair(play, seg);
}

static void keep(struct sea_play *play, const struct sea_dut_packet *packet)
{
	struct sea_kept *kept = malloc(sizeof(*kept) + packet->len);
	const struct sea_answer_of of = {
		.frame = play->next ? play->talk->packets[play->next - 1].frame : 0,
		.ns = packet->time.ns - play->base_ns,
		.iss = play->map.live_iss,
		.piece = packet->gso_size,
	};
	const struct sea_lint_frame frame = { .number = of.frame,
					      .ip = kept ? kept->bytes : NULL,
					      .caplen = (uint32_t)packet->len,
					      .len = (uint32_t)packet->len };
	struct sea_lint_seg seg;

	if (!kept) {
		play->no_memory = true;
		return;
	}
	memcpy(kept->bytes, packet->bytes, packet->len);
	kept->next = play->played->kept;
	play->played->kept = kept;
	if (sea_lint_segment_read(&frame, &seg) == SEA_LINT_TCP)
		sea_lint_segment_tcp(&seg);
	play->no_memory |= !sea_answers_add(&play->played->live, kept->bytes, &seg, &of);
}

/* A packet with the conversation's ports, or identifier, all of whose header is there. */
static bool belongs(struct sea_play *play, const struct sea_dut_packet *packet)
{
	const struct sea_lint_frame frame = { .ip = packet->bytes,
					      .caplen = (uint32_t)packet->len,
					      .len = (uint32_t)packet->len };
	struct sea_lint_seg seg;
	enum sea_lint_kind kind = sea_lint_segment_read(&frame, &seg);
	uint32_t hdr_len;

	if ((kind != SEA_LINT_TCP && kind != SEA_LINT_UDP && kind != SEA_LINT_ICMP) ||
	    seg.l4_cap < 8 || !is_ours(play, &seg))
		return false;
	if (kind != SEA_LINT_TCP)
		return true;
	hdr_len = seg.l4_cap < sizeof(struct sea_tcp_hdr)
			  ? 0
			  : sea_tcp_hdr_len((const struct sea_tcp_hdr *)seg.l4);
	if (!hdr_len || hdr_len > seg.l4_cap)
		return false;
	sea_lint_segment_tcp(&seg);
	learn(play, &seg);
	return true;
}

static void collect(struct sea_play *play)
{
	struct sea_dut_packet packet;

	while (sea_dut_take(play->dut, &packet)) {
		if (!belongs(play, &packet))
			play->played->others++;
		else if (play->played->live.n < LIVE_MAX(play->talk->n))
			keep(play, &packet);
	}
}

/* -- time -- */

static bool has_sent(const struct sea_play *play, uint32_t what)
{
	return play->map.known && (int32_t)(play->live_sent - what) >= 0;
}

/* Until then, or until the device has sent all before `what` (0: time alone counts). */
static void step(struct sea_play *play, int64_t until_ns, uint32_t what)
{
	for (;;) {
		int64_t due;
		unsigned why;

		sea_play_reap(play);
		sea_play_calls(play);
		collect(play);
		if (what && has_sent(play, what))
			return;
		due = sea_play_next_call(play);
		due = due < until_ns ? due : until_ns;
		why = sea_dut_run(play->dut, (sea_time){ due },
				  SEA_DUT_STOP_PACKET | SEA_DUT_STOP_CALL);
		if (!why && due == until_ns)
			break;
	}
	/* What comes at this very time comes before what the caller does now. */
	sea_play_reap(play);
	sea_play_calls(play);
	collect(play);
}

/* Before the peer acknowledges what the device had sent, this one sends it, too. */
static void wait_for(struct sea_play *play, const struct sea_talk_packet *p)
{
	uint32_t what = p->seg.tcp.ack.v - play->map.iss;
	int64_t before = now_ns(play);

	if (!(p->seg.tcp.flags & SEA_TCP_ACK) || !what ||
	    (int32_t)(play->captured_sent - what) < 0 || has_sent(play, what) ||
	    play->waits_no_more)
		return;
	step(play, before + WAIT_NS, what);
	play->slip_ns += now_ns(play) - before;
	play->waits_no_more = !has_sent(play, what);
}

/* -- the capture's packets -- */

static void play_in(struct sea_play *play, const struct sea_talk_packet *p, uint8_t *room)
{
	struct sea_dut_packet packet;

	if (p->seg.proto == SEA_IPPROTO_TCP)
		wait_for(play, p);
	sea_map_packet(&play->map, p, room, &packet);
	/* What the device refuses at the door is lost, as on a wire. */
	(void)sea_dut_inject(play->dut, &packet);
	play->played->packets_in++;
}

static void expect(struct sea_play *play, const struct sea_talk_packet *p)
{
	struct sea_answer_of of = { .frame = p->frame,
				    .ns = p->ns + play->slip_ns,
				    .iss = play->map.iss };
	uint32_t end = p->seg.tcp.seq.v + sea_tcp_seg_len(&p->seg.tcp) - play->map.iss;

	if (play->piece > p->seg.opts_len)
		of.piece = play->piece - p->seg.opts_len;
	if (!p->error && (int32_t)(end - play->captured_sent) > 0)
		play->captured_sent = end;
	play->no_memory |= !sea_answers_add(&play->played->captured, p->bytes, &p->seg, &of);
}

/* What an established connection had heard last. */
static void play_before(struct sea_play *play, uint8_t *room)
{
	const struct sea_midway *midway = &play->acts->midway;
	uint8_t bytes[SEA_MIDWAY_ACK_MAX];
	struct sea_dut_packet packet;
	struct sea_talk_packet p;

	if (!midway->echoed)
		return;
	step(play, play->base_ns + SEA_MIDWAY_PEER_NS, 0);
	sea_midway_ack(midway, play->talk, &p, bytes);
	sea_map_packet(&play->map, &p, room, &packet);
	(void)sea_dut_inject(play->dut, &packet);
}

/* An ACK of what the peer had sent before the capture began is nothing that can come again. */
static bool is_about_before(const struct sea_play *play, const struct sea_talk_packet *p)
{
	return play->acts->midway.is && !play->played->packets_in && !p->error && !p->seg.tcp.len &&
	       p->seg.tcp.flags == SEA_TCP_ACK;
}

static void play_all(struct sea_play *play, uint8_t *room)
{
	const struct sea_talk *talk = play->talk;
	int64_t end_ns;

	play_before(play, room);
	for (play->next = 0; play->next < talk->n && !play->no_memory; play->next++) {
		const struct sea_talk_packet *p = &talk->packets[play->next];

		step(play, play->base_ns + p->ns + play->slip_ns, 0);
		if (p->out && is_about_before(play, p))
			continue;
		if (p->out)
			expect(play, p);
		else
			play_in(play, p, room);
	}
	end_ns = play->base_ns + play->slip_ns + (talk->n ? talk->packets[talk->n - 1].ns : 0);
	step(play, end_ns + play->options->grace_ns, 0);
}

/* As the conversation was placed on the recorded device's clock, where that is known. */
static void place(struct sea_play *play)
{
	int64_t now = now_ns(play), first = 0;

	for (size_t i = 0; i < play->acts->n; i++)
		first = play->acts->v[i].ns < first ? play->acts->v[i].ns : first;
	play->base_ns = play->acts->clock_ns == INT64_MIN ? 0 : -play->acts->clock_ns;
	if (play->base_ns + first < now || play->base_ns > SEA_TALK_NS_MAX ||
	    !sea_dut_is_virtual(play->dut))
		play->base_ns = now + START_NS - first;
}

bool sea_play(const struct sea_talk *talk, const struct sea_acts *acts,
	      const struct sea_play_options *options, struct sea_played *played, const char **why)
{
	struct sea_play play = { .talk = talk, .acts = acts, .options = options, .played = played };
	uint8_t *room = malloc(SEA_DUT_PACKET_MAX);
	bool good;

	*played = (struct sea_played){ 0 };
	*why = "no memory";
	sea_play_configure(&play);
	play.dut = room ? options->dut_new(&play.config, why) : NULL;
	good = play.dut && sea_play_set(&play, why);
	if (good) {
		snprintf(played->device, sizeof(played->device), "%s", sea_dut_name(play.dut));
		place(&play);
		play_all(&play, room);
	}
	/* The device ends first: its calls may still look at the program's memory. */
	sea_dut_close(play.dut);
	sea_play_calls_fini(&play);
	free(room);
	if (good && play.no_memory)
		*why = "no memory";
	return good && !play.no_memory;
}

void sea_played_fini(struct sea_played *played)
{
	while (played->kept) {
		struct sea_kept *kept = played->kept;

		played->kept = kept->next;
		free(kept);
	}
	sea_answers_fini(&played->captured);
	sea_answers_fini(&played->live);
	*played = (struct sea_played){ 0 };
}
