// SPDX-License-Identifier: Apache-2.0
/* What differs in a packet that both sent. */
#include <stdarg.h>
#include <string.h>

#include "packetimpact/replay/match.h"

#define ECN_FLAGS (SEA_TCP_ECE | SEA_TCP_CWR | SEA_ANSWER_AE)

enum field {
#define PACKET(name, clause, words)
#define FIELD(name, clause, sentence) FIELD_##name,
#include "packetimpact/replay/deviation.def"
#undef PACKET
#undef FIELD
};

static const struct {
	const char *name, *clause, *sentence;
} fields[] = {
#define PACKET(name, clause, words)
#define FIELD(name, clause, sentence) { #name, clause, sentence },
#include "packetimpact/replay/deviation.def"
#undef PACKET
#undef FIELD
};

struct pair {
	struct sea_match *match;
	const struct sea_answer *captured, *live;
	unsigned n;
};

static void say(struct pair *p, enum field field, const char *expected, const char *seen)
{
	struct sea_deviation deviation = { .kind = SEA_DEVIATION_DIFFERS,
					   .name = fields[field].name,
					   .clause = fields[field].clause,
					   .words = fields[field].sentence,
					   .captured = p->captured,
					   .live = p->live };

	snprintf(deviation.expected, sizeof(deviation.expected), "%s", expected);
	snprintf(deviation.seen, sizeof(deviation.seen), "%s", seen);
	p->n++;
	p->match->found(p->match->arg, &deviation);
}

static void number(struct pair *p, enum field field, uint32_t expected, uint32_t seen)
{
	char a[16], b[16];

	if (expected == seen)
		return;
	snprintf(a, sizeof(a), "%u", expected);
	snprintf(b, sizeof(b), "%u", seen);
	say(p, field, a, b);
}

static void flags(struct pair *p, enum field field, uint16_t mask)
{
	static const char letters[] = "FSRP.UEWA";
	char text[2][16] = { "", "" };

	if (!((p->captured->flags ^ p->live->flags) & mask))
		return;
	for (unsigned side = 0, n = 0; side < 2; side++, n = 0) {
		uint16_t set = (side ? p->live : p->captured)->flags & mask;

		for (unsigned i = 0; letters[i]; i++) {
			if (set & 1u << i)
				text[side][n++] = letters[i];
		}
		if (!n)
			text[side][n++] = '-';
		text[side][n] = '\0';
	}
	say(p, field, text[0], text[1]);
}

/* -- options -- */

static void presence(struct pair *p, enum field field, bool expected, bool seen)
{
	if (expected != seen)
		say(p, field, expected ? "there" : "none", seen ? "there" : "none");
}

static void optional(struct pair *p, enum field field, bool has_expected, uint32_t expected,
		     bool has_seen, uint32_t seen)
{
	if (has_expected && has_seen)
		number(p, field, expected, seen);
	else
		presence(p, field, has_expected, has_seen);
}

static void print_blocks(const struct sea_tcp_opts *o, uint32_t peer_iss, char to[64])
{
	size_t at = (size_t)snprintf(to, 64, "%s", o->n_sack ? "" : "none");

	for (uint8_t i = 0; i < o->n_sack && at < 63; i++)
		at += (size_t)snprintf(to + at, 64 - at, "%s%u:%u", i ? " " : "",
				       o->sack[i].start.v - peer_iss, o->sack[i].end.v - peer_iss);
}

static void blocks(struct pair *p)
{
	const struct sea_tcp_opts *a = &p->captured->opts, *b = &p->live->opts;
	char expected[64], seen[64];
	bool same = a->n_sack == b->n_sack;

	for (uint8_t i = 0; same && i < a->n_sack; i++)
		same = sea_seq_eq(a->sack[i].start, b->sack[i].start) &&
		       sea_seq_eq(a->sack[i].end, b->sack[i].end);
	if (same)
		return;
	print_blocks(a, p->match->peer_iss, expected);
	print_blocks(b, p->match->peer_iss, seen);
	say(p, FIELD_sack_blocks, expected, seen);
}

static const uint8_t *next_option(const struct sea_answer *a, size_t *at, uint8_t *len)
{
	const uint8_t *opt = a->raw_opts + *at;
	size_t left = a->opts_len - *at;

	if (!left)
		return NULL;
	*len = opt[0] <= SEA_TCPOPT_NOP ? 1 : left > 1 ? opt[1] : 0;
	if (!*len || *len > left || (opt[0] > SEA_TCPOPT_NOP && *len < 2))
		*len = (uint8_t)left;
	*at += *len;
	return opt;
}

/* Those whose value is compared apart, or drawn at random. */
static bool is_told_apart(uint8_t kind)
{
	return kind == SEA_TCPOPT_MSS || kind == SEA_TCPOPT_WSCALE || kind == SEA_TCPOPT_SACK ||
	       kind == SEA_TCPOPT_TS || kind == SEA_TCPOPT_FASTOPEN || kind == 19 || kind == 29;
}

static void print_kinds(const struct sea_answer *a, char to[64])
{
	const uint8_t *opt;
	size_t at = 0, n = 0;
	uint8_t len;

	to[0] = '\0';
	while ((opt = next_option(a, &at, &len)) && n < 50) {
		n += (size_t)snprintf(to + n, 64 - n, "%s%u", n ? "," : "", opt[0]);
		for (uint8_t i = 2; i < len && n < 50 && !is_told_apart(opt[0]); i++)
			n += (size_t)snprintf(to + n, 64 - n, "%s%02x", i == 2 ? "=" : "", opt[i]);
	}
}

/* Order, and options that are not known here; what is there and what is not is told apart. */
static void layout(struct pair *p)
{
	char expected[64], seen[64];

	print_kinds(p->captured, expected);
	print_kinds(p->live, seen);
	if (!p->n && strcmp(expected, seen) != 0)
		say(p, FIELD_options, expected[0] ? expected : "none", seen[0] ? seen : "none");
}

static void options(struct pair *p)
{
	const struct sea_tcp_opts *a = &p->captured->opts, *b = &p->live->opts;

	optional(p, FIELD_mss, a->has_mss, a->mss, b->has_mss, b->mss);
	optional(p, FIELD_wscale, a->has_wscale, a->wscale, b->has_wscale, b->wscale);
	presence(p, FIELD_sack_permitted, a->has_sack_perm, b->has_sack_perm);
	presence(p, FIELD_timestamp, a->has_ts, b->has_ts);
	if (a->has_ts && b->has_ts)
		number(p, FIELD_echoed, a->ts_ecr, b->ts_ecr);
	blocks(p);
}

/* -- the whole -- */

static void tcp(struct pair *p)
{
	const struct sea_answer *a = p->captured, *b = p->live;
	unsigned before;

	flags(p, FIELD_flags, 0x3f);
	flags(p, FIELD_ecn, ECN_FLAGS);
	number(p, FIELD_seq, a->seq, b->seq);
	if (a->flags & b->flags & SEA_TCP_ACK)
		number(p, FIELD_ack_number, a->ack - p->match->peer_iss,
		       b->ack - p->match->peer_iss);
	if (p->match->windows)
		number(p, FIELD_window, a->wnd, b->wnd);
	if (a->flags & b->flags & SEA_TCP_URG)
		number(p, FIELD_urgent, a->urg, b->urg);
	before = p->n;
	p->n = 0;
	options(p);
	layout(p);
	p->n += before;
}

static void other(struct pair *p)
{
	const struct sea_answer *a = p->captured, *b = p->live;

	if (a->proto == SEA_IPPROTO_UDP)
		return;
	number(p, FIELD_icmp, (uint32_t)(a->type << 8 | a->code),
	       (uint32_t)(b->type << 8 | b->code));
	number(p, FIELD_icmp_word, a->word, b->word);
}

/* What is the same on any device: of a quoted segment, all before the acknowledgment number. */
static void bytes(struct pair *p)
{
	const struct sea_answer *a = p->captured, *b = p->live;
	uint32_t len = a->quotes_tcp && a->len > 8 ? 8 : a->len;

	if (a->len != b->len)
		number(p, FIELD_length, a->len, b->len);
	else if (len && memcmp(a->payload, b->payload, len) != 0)
		say(p, a->error ? FIELD_quote : FIELD_bytes, "as captured", "others");
}

static void time_of(struct pair *p)
{
	const struct sea_match *m = p->match;
	int64_t late = p->live->ns - p->captured->ns, since = p->captured->ns - m->last_ns;
	int64_t more = (int64_t)((double)(since > 0 ? since : 0) * m->tolerance_percent / 100);
	int64_t allowed = more > m->tolerance_ns ? more : m->tolerance_ns;
	char expected[32], seen[32];

	if (!m->times || (late <= allowed && -late <= allowed))
		return;
	snprintf(expected, sizeof(expected), "%.6f s", (double)p->captured->ns / 1e9);
	snprintf(seen, sizeof(seen), "%.6f s", (double)p->live->ns / 1e9);
	say(p, late > 0 ? FIELD_late : FIELD_early, expected, seen);
}

unsigned sea_match_fields(struct sea_match *match, const struct sea_answer *captured,
			  const struct sea_answer *live)
{
	struct pair p = { match, captured, live, 0 };

	if (captured->proto == SEA_IPPROTO_TCP)
		tcp(&p);
	else
		other(&p);
	number(&p, FIELD_ip_ecn, captured->tos & 3, live->tos & 3);
	number(&p, FIELD_dscp, captured->tos >> 2, live->tos >> 2);
	bytes(&p);
	time_of(&p);
	return p.n;
}
