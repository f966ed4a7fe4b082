// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/talk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/dut/dut.h"
#include "packetimpact/lint/flow.h"
#include "wire/bytes.h"

enum { ERROR = -2, TCP = 0, UDP, ICMP, PROTOS };

/* What is kept of a protocol until it is known which one is meant. */
struct kept {
	struct sea_lint_flows flows;
	struct sea_talk talk;
	bool first_is_device; /* as the direction of its first frame that has one says */
	bool told;
};

struct reading {
	const struct sea_talk_choice *choice;
	struct kept kept[PROTOS];
	struct sea_notes notes;
	const char *wrong; /* NULL: nothing yet */
};

static const uint8_t protos[PROTOS] = { SEA_IPPROTO_TCP, SEA_IPPROTO_UDP, SEA_IPPROTO_ICMP };
static const char *const names[PROTOS] = { "TCP", "UDP", "ICMP echo" };

/* -- a frame -- */

static bool is_echo(const struct sea_lint_seg *seg)
{
	uint8_t type = seg->l4[0];

	return seg->v6 ? type == 128 || type == 129 : type == 8 || type == 0;
}

/* Which it is, with its ports where flows look for them; -1: none, or not enough of it. */
static int kind_of(const struct sea_lint_frame *frame, struct sea_lint_seg *seg)
{
	uint32_t hdr_len;

	switch (sea_lint_segment_read(frame, seg)) {
	case SEA_LINT_TCP:
		if (seg->l4_cap < sizeof(struct sea_tcp_hdr))
			return -1;
		hdr_len = sea_tcp_hdr_len((const struct sea_tcp_hdr *)seg->l4);
		if (hdr_len < sizeof(struct sea_tcp_hdr) || hdr_len > seg->l4_cap)
			return -1;
		sea_lint_segment_tcp(seg);
		return TCP;
	case SEA_LINT_UDP:
		if (seg->l4_cap < 8)
			return -1;
		seg->tcp = (struct sea_tcp_seg){ .src = sea_get16(seg->l4),
						 .dst = sea_get16(seg->l4 + 2) };
		return UDP;
	case SEA_LINT_ICMP:
		if (seg->l4_cap < 8)
			return -1;
		if (!is_echo(seg))
			return ERROR;
		seg->tcp = (struct sea_tcp_seg){ .src = sea_get16(seg->l4 + 4),
						 .dst = sea_get16(seg->l4 + 4) };
		return ICMP;
	default:
		return -1;
	}
}

static bool sum_is_wrong(const struct sea_lint_seg *seg, int kind)
{
	static const uint32_t at[PROTOS] = { 16, 6, 2 };

	if (kind == UDP && !sea_get16(seg->l4 + 6))
		return false;
	return sea_lint_segment_sum(seg, at[kind]) == SEA_LINT_SUM_WRONG;
}

/* -- keeping -- */

static struct sea_talk_packet *grow(struct sea_talk *talk)
{
	if (talk->n == talk->room) {
		size_t room = talk->room ? talk->room * 2 : 64;
		struct sea_talk_packet *more = realloc(talk->packets, room * sizeof(*more));

		if (!more)
			return NULL;
		talk->packets = more;
		talk->room = room;
	}
	return &talk->packets[talk->n];
}

/* Its time: never before that of the one before. */
static int64_t time_of(struct sea_talk *talk, uint64_t time_ns)
{
	int64_t last = talk->n ? talk->packets[talk->n - 1].ns : 0, ns;

	if (!talk->n)
		talk->began_ns = time_ns;
	ns = time_ns > talk->began_ns ? (int64_t)((time_ns - talk->began_ns) & INT64_MAX) : 0;
	return ns > last ? ns : last;
}

static const char *keep(struct sea_talk *talk, const struct sea_lint_frame *frame,
			const struct sea_lint_seg *seg, int kind, int from)
{
	uint32_t len = (uint32_t)(seg->l4 - frame->ip) + seg->l4_len;
	uint32_t have = frame->caplen < len ? frame->caplen : len;
	struct sea_talk_packet *p;
	struct sea_lint_frame own;

	if (len > SEA_DUT_PACKET_MAX) {
		talk->unread++;
		return NULL;
	}
	if (talk->bytes + len > SEA_TALK_BYTES_MAX || talk->n == SEA_TALK_PACKETS_MAX)
		return "the conversation is too large to be replayed";
	p = grow(talk);
	if (!p)
		return strerror(ENOMEM);
	*p = (struct sea_talk_packet){ .frame = frame->number,
				       .ns = time_of(talk, frame->time_ns),
				       .out = from, /* whose it is will be known later */
				       .error = kind == ICMP && !is_echo(seg),
				       .bad_sum = sum_is_wrong(seg, kind) || seg->ip_sum_wrong,
				       .cut = have < len,
				       .len = len,
				       .bytes = calloc(1, len) };
	if (!p->bytes)
		return strerror(ENOMEM);
	memcpy(p->bytes, frame->ip, have);
	talk->n++;
	talk->bytes += len;
	own = (struct sea_lint_frame){ .number = frame->number,
				       .time_ns = frame->time_ns,
				       .ip = p->bytes,
				       .caplen = len,
				       .len = len };
	(void)kind_of(&own, &p->seg);
	return p->ns > SEA_TALK_NS_MAX ? "the conversation is longer than a day" : NULL;
}

static void learn_side(struct reading *r, struct kept *k, uint64_t frame, int from)
{
	enum sea_pcapng_direction direction = sea_note_of(&r->notes, frame)->direction;

	if (k->told || direction == SEA_PCAPNG_UNKNOWN)
		return;
	k->told = true;
	k->first_is_device = (direction == SEA_PCAPNG_OUTBOUND) == !from;
}

/* Who sent what it quotes, of the two sides of a conversation; -1: it is about another one. */
static int quoted_of(const struct sea_talk *talk, const struct sea_lint_seg *seg,
		     const struct sea_quote *q)
{
	const struct sea_lint_seg *first = &talk->packets[0].seg;
	const size_t len = seg->v6 ? 16 : 4;
	uint16_t src = sea_get16(seg->l4 + q->at), dst = sea_get16(seg->l4 + q->at + 2);

	if (first->v6 != seg->v6)
		return -1;
	if (first->tcp.src == src && first->tcp.dst == dst && !memcmp(first->src, q->src, len) &&
	    !memcmp(first->dst, q->dst, len))
		return 0;
	if (first->tcp.src == dst && first->tcp.dst == src && !memcmp(first->src, q->dst, len) &&
	    !memcmp(first->dst, q->src, len))
		return 1;
	return -1;
}

/* An ICMP error goes to who sent what it quotes, and is the other side's here. */
static void take_error(struct reading *r, const struct sea_lint_frame *frame,
		       const struct sea_lint_seg *seg)
{
	struct sea_quote quote;
	struct kept *k;
	int from;

	if (seg->proto != SEA_IPPROTO_ICMP && seg->proto != SEA_IPPROTO_ICMPV6)
		return;
	if (!sea_quote_read(seg, &quote))
		return;
	k = &r->kept[quote.proto == SEA_IPPROTO_TCP ? TCP : UDP];
	from = k->talk.n ? quoted_of(&k->talk, seg, &quote) : -1;
	if (from >= 0)
		r->wrong = keep(&k->talk, frame, seg, ICMP, !from);
}

static void take_frame(struct reading *r, const struct sea_lint_frame *frame)
{
	struct sea_lint_seg seg;
	int kind = kind_of(frame, &seg), from = 0;
	struct sea_lint_flow *flow;
	struct kept *k;

	if (kind == ERROR)
		take_error(r, frame, &seg);
	if (kind < 0 || (r->choice->proto && r->choice->proto != protos[kind]))
		return;
	k = &r->kept[kind];
	flow = sea_lint_flows_get(&k->flows, &seg, &from);
	if (!flow)
		return;
	if (kind == TCP) {
		/* What tells where a connection ends, and another one of the same ports begins. */
		flow->half[from].rst |= seg.tcp.flags & SEA_TCP_RST;
		flow->half[from].fin |= seg.tcp.flags & SEA_TCP_FIN;
		if (seg.tcp.flags & SEA_TCP_SYN) {
			flow->half[from].offer.syn = true;
			flow->half[from].offer.iss = seg.tcp.seq;
		}
	}
	if (flow->id != r->choice->flow)
		return;
	learn_side(r, k, frame->number, from);
	r->wrong = keep(&k->talk, frame, &seg, kind, from);
}

/* -- the choice -- */

static void fini_packets(struct sea_talk *talk)
{
	for (size_t i = 0; i < talk->n; i++)
		free(talk->packets[i].bytes);
	free(talk->packets);
}

static bool device_is_first(const struct sea_talk_choice *choice, const struct kept *k)
{
	if (choice->side != SEA_TALK_TOLD)
		return choice->side == SEA_TALK_FIRST;
	return k->told && k->first_is_device;
}

static void hand_over(struct reading *r, int kind, struct sea_talk *talk)
{
	struct kept *k = &r->kept[kind];
	bool first = device_is_first(r->choice, k);
	uint32_t flows = 0;

	*talk = k->talk;
	k->talk = (struct sea_talk){ 0 };
	for (int i = 0; i < PROTOS; i++)
		flows += r->kept[i].flows.n;
	talk->proto = protos[kind];
	talk->whole = flows == 1;
	talk->v6 = talk->packets[0].seg.v6;
	talk->notes = r->notes;
	r->notes = (struct sea_notes){ 0 };
	for (size_t i = 0; i < talk->n; i++)
		talk->packets[i].out = talk->packets[i].out != first;
	for (size_t i = 0; i < 2; i++) {
		const struct sea_tcp_seg *tcp = &talk->packets[0].seg.tcp;

		talk->port[i] = talk->packets[0].out == !i ? tcp->src : tcp->dst;
	}
}

/* Which kind is meant, or -1 and why. */
static int choose(const struct reading *r, char why[SEA_CAPTURE_WHY])
{
	for (int i = 0; i < PROTOS; i++) {
		if (r->kept[i].talk.n)
			return i;
	}
	for (int i = 0; i < PROTOS; i++) {
		if (!r->kept[i].flows.n)
			continue;
		snprintf(why, SEA_CAPTURE_WHY, "there is no flow %u of %s, only %u",
			 r->choice->flow, names[i], r->kept[i].flows.n);
		return -1;
	}
	snprintf(why, SEA_CAPTURE_WHY, "there is no conversation of TCP, UDP or ICMP echo in it");
	return -1;
}

static bool read_frames(struct reading *r, FILE *file, char why[SEA_CAPTURE_WHY])
{
	struct sea_capture *capture = sea_capture_open(file, why);
	struct sea_lint_frame frame;
	int status = 1;

	if (!capture)
		return false;
	while (!r->wrong && (status = sea_capture_next(capture, &frame, why)) > 0)
		take_frame(r, &frame);
	sea_capture_free(capture);
	if (r->wrong)
		snprintf(why, SEA_CAPTURE_WHY, "%s", r->wrong);
	return !r->wrong && !status;
}

bool sea_talk_read_file(struct sea_talk *talk, FILE *file, FILE *again,
			const struct sea_talk_choice *choice, char why[SEA_CAPTURE_WHY])
{
	struct reading r = { .choice = choice };
	int kind = -1;

	*talk = (struct sea_talk){ 0 };
	if (again) {
		sea_notes_read(&r.notes, again);
		fclose(again);
	}
	for (int i = 0; i < PROTOS; i++)
		sea_lint_flows_init(&r.kept[i].flows, 0, 0);
	if (read_frames(&r, file, why))
		kind = choose(&r, why);
	if (kind >= 0)
		hand_over(&r, kind, talk);
	for (int i = 0; i < PROTOS; i++) {
		sea_lint_flows_fini(&r.kept[i].flows);
		fini_packets(&r.kept[i].talk);
	}
	sea_notes_fini(&r.notes);
	return kind >= 0;
}

bool sea_talk_read(struct sea_talk *talk, const char *path, const struct sea_talk_choice *choice,
		   char why[SEA_CAPTURE_WHY])
{
	char ignored[SEA_CAPTURE_WHY];
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	FILE *again = file && !is_stdin ? fopen(path, "re") : NULL;

	*talk = (struct sea_talk){ 0 };
	if (!file) {
		snprintf(why, SEA_CAPTURE_WHY, "%s", strerror(errno));
		return false;
	}
	if (again)
		again = sea_capture_unpack(again, ignored);
	return sea_talk_read_file(talk, file, again, choice, why);
}

void sea_talk_fini(struct sea_talk *talk)
{
	fini_packets(talk);
	sea_notes_fini(&talk->notes);
	*talk = (struct sea_talk){ 0 };
}
