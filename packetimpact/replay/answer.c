// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/answer.h"

#include <stdlib.h>
#include <string.h>

static struct sea_answer *grow(struct sea_answers *answers)
{
	if (answers->n == answers->room) {
		size_t room = answers->room ? answers->room * 2 : 64;
		struct sea_answer *more = realloc(answers->v, room * sizeof(*more));

		if (!more)
			return NULL;
		answers->v = more;
		answers->room = room;
	}
	return &answers->v[answers->n++];
}

static void read_tcp(struct sea_answer *a, const struct sea_lint_seg *seg, uint32_t iss)
{
	a->flags = (uint16_t)(seg->tcp.flags | (seg->ae ? SEA_ANSWER_AE : 0));
	a->seq = seg->tcp.seq.v - iss;
	a->ack = seg->tcp.ack.v;
	a->wnd = (uint16_t)seg->tcp.wnd;
	a->urg = seg->tcp.urg;
	a->opts = seg->tcp.opts;
	a->raw_opts = seg->opts;
	a->opts_len = (uint8_t)seg->opts_len;
	a->payload = seg->payload;
	a->len = seg->tcp.len;
}

static void read_other(struct sea_answer *a, const struct sea_lint_seg *seg)
{
	struct sea_quote quote;

	if (seg->proto != SEA_IPPROTO_UDP) {
		a->type = seg->l4[0];
		a->code = seg->l4[1];
	}
	a->payload = seg->l4 + 8;
	a->len = seg->l4_len - 8;
	if (!sea_quote_read(seg, &quote))
		return;
	/* Behind ports and sequence number comes what the device drew. */
	a->error = true;
	a->quotes_tcp = quote.proto == SEA_IPPROTO_TCP;
	a->word = sea_get32(seg->l4 + 4);
	a->payload = seg->l4 + quote.at;
	a->len = quote.left;
}

/* The first `piece` bytes stay in `a`; the rest is the next one. */
static void cut(struct sea_answer *a, struct sea_answer *rest, uint32_t piece)
{
	*rest = *a;
	a->len = piece;
	a->flags &= (uint16_t) ~(SEA_TCP_PSH | SEA_TCP_FIN);
	rest->flags &= (uint16_t)~SEA_TCP_CWR;
	rest->seq += piece;
	rest->payload += piece;
	rest->len -= piece;
}

bool sea_answers_add(struct sea_answers *answers, const uint8_t *ip, const struct sea_lint_seg *seg,
		     const struct sea_answer_of *of)
{
	struct sea_answer a = { .frame = of->frame, .ns = of->ns, .proto = seg->proto }, rest, *at;

	a.tos = seg->v6 ? (uint8_t)(sea_get16(ip) >> 4) : ip[1];
	if (seg->proto == SEA_IPPROTO_TCP)
		read_tcp(&a, seg, of->iss);
	else
		read_other(&a, seg);
	while (of->piece && a.len > of->piece && seg->proto == SEA_IPPROTO_TCP) {
		at = grow(answers);
		if (!at)
			return false;
		cut(&a, &rest, of->piece);
		*at = a;
		a = rest;
	}
	at = grow(answers);
	if (at)
		*at = a;
	return at;
}

void sea_answers_fini(struct sea_answers *answers)
{
	free(answers->v);
	*answers = (struct sea_answers){ 0 };
}

/* -- in words -- */

static void print_opts(FILE *out, const struct sea_tcp_opts *o, uint32_t peer_iss)
{
	const char *between = " <";

	if (o->has_mss) {
		fprintf(out, "%smss %u", between, o->mss);
		between = ",";
	}
	if (o->has_sack_perm) {
		fprintf(out, "%ssackOK", between);
		between = ",";
	}
	if (o->has_ts) {
		fprintf(out, "%sTS ecr %u", between, o->ts_ecr);
		between = ",";
	}
	if (o->has_wscale) {
		fprintf(out, "%swscale %u", between, o->wscale);
		between = ",";
	}
	for (uint8_t i = 0; i < o->n_sack; i++)
		fprintf(out, "%s%u:%u",
			i                 ? " "
			: *between == ' ' ? " <sack "
					  : ",sack ",
			o->sack[i].start.v - peer_iss, o->sack[i].end.v - peer_iss);
	if (*between == ',' || o->n_sack)
		fputc('>', out);
}

static void print_tcp(FILE *out, const struct sea_answer *a, uint32_t peer_iss)
{
	static const char letters[] = "FSRP.UEWA";

	for (unsigned i = 0; letters[i]; i++) {
		if (a->flags & 1u << i)
			fputc(letters[i], out);
	}
	if (!a->flags)
		fputc('-', out);
	fprintf(out, " %u:%u(%u)", a->seq, a->seq + a->len, a->len);
	if (a->flags & SEA_TCP_ACK)
		fprintf(out, " ack %u", a->ack - peer_iss);
	fprintf(out, " win %u", a->wnd);
	print_opts(out, &a->opts, peer_iss);
}

void sea_answer_print(const struct sea_answer *a, uint32_t peer_iss, char *to, size_t room)
{
	static const char *const ecn[] = { "", "[ect1] ", "[ect0] ", "[ce] " };
	FILE *out = fmemopen(to, room, "w");

	to[0] = '\0';
	if (!out)
		return;
	fputs(ecn[a->tos & 3], out);
	if (a->proto == SEA_IPPROTO_TCP)
		print_tcp(out, a, peer_iss);
	else if (a->proto == SEA_IPPROTO_UDP)
		fprintf(out, "udp (%u)", a->len);
	else
		fprintf(out, "icmp type %u code %u (%u)", a->type, a->code, a->len);
	fclose(out);
	to[room - 1] = '\0';
}
