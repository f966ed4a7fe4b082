// SPDX-License-Identifier: Apache-2.0
/* Random segments that come in: most fit the connection, some nearly, some not at all. */
#include "tests/fuzz/differ/differ.h"

#include <stdlib.h>
#include <string.h>

/* -- options -- */

static struct sea_script_option *option(struct diff_step *step, enum sea_script_option_kind kind)
{
	struct sea_script_option *o = &step->options[step->n_options++];

	if (step->n_options > DIFF_OPTIONS)
		abort();
	o->kind = kind;
	return o;
}

static void put_ts(struct diff_draw *d, struct diff_step *step)
{
	const struct diff_conn *c = &d->world->conns[step->conn];
	struct sea_script_option *o;

	option(step, SEA_OPTION_NOP);
	option(step, SEA_OPTION_NOP);
	o = option(step, SEA_OPTION_TS);
	d->ts[step->conn] += diff_rand(d, 20);
	o->ts_val = 1000 + d->ts[step->conn];
	o->ts_ecr = step->packet.tcp.flags & SEA_FLAG_ACK ? c->ts_val : 0;
	if (diff_chance(d, 4))
		o->ts_val -= diff_chance(d, 50) ? 50 : 100000;
	else if (diff_chance(d, 3))
		o->ts_val += 0x90000000;
	if (diff_chance(d, 4))
		o->ts_ecr -= diff_chance(d, 50) ? 3 : 1000;
}

static void pad(struct diff_step *step, unsigned len)
{
	for (; len % 4; len++)
		option(step, SEA_OPTION_NOP);
}

static void syn_options(struct diff_draw *d, struct diff_step *step)
{
	static const uint16_t mss[] = { 1460, 1000, 536, 88, 40, 0, 65535, 1400 };
	unsigned len = 0;

	if (diff_chance(d, 88)) {
		option(step, SEA_OPTION_MSS)->mss = diff_chance(d, 70) ? 1000
								       : mss[diff_rand(d, 8)];
		len += 4;
	}
	if (diff_chance(d, 70)) {
		option(step, SEA_OPTION_SACKOK);
		len += 2;
	}
	if (diff_chance(d, 40)) {
		d->options_ts[step->conn] = true;
		put_ts(d, step);
		len += 12;
	}
	if (diff_chance(d, 70)) {
		option(step, SEA_OPTION_WSCALE)->wscale =
			(uint8_t)(diff_chance(d, 80) ? 7 : diff_rand(d, 16));
		len += 3;
	}
	pad(step, len);
}

/* Blocks: of what is in flight, touching, beyond, turned round, below. */
static void put_sack(struct diff_draw *d, struct diff_step *step)
{
	const struct diff_conn *c = &d->world->conns[step->conn];
	uint32_t una = step->packet.tcp.ack, flight = c->nxt - una;
	struct sea_script_option *o;
	const unsigned n = 1 + diff_rand(d, 3);

	if (!c->seen || !(int32_t)flight || (int32_t)flight < 0)
		flight = 2000;
	option(step, SEA_OPTION_NOP);
	option(step, SEA_OPTION_NOP);
	o = option(step, SEA_OPTION_SACK);
	for (unsigned i = 0; i < n; i++) {
		uint32_t left = una + (diff_chance(d, 80) ? 1000 * diff_rand(d, flight / 1000 + 1)
							  : diff_rand(d, flight + 1));
		uint32_t right = left + (diff_chance(d, 80) ? 1000 : 1 + diff_rand(d, 2000));

		if (diff_chance(d, 90) && (int32_t)(right - c->nxt) > 0)
			right = c->nxt;
		if (diff_chance(d, 4))
			right = left - diff_rand(d, 1000);
		if (diff_chance(d, 10))
			left -= 1000;
		step->sack[i] = (struct sea_script_sack){ left, right };
	}
	o->n_sack = n;
}

/* -- numbers -- */

static uint32_t a_seq(struct diff_draw *d, unsigned conn)
{
	const uint32_t nxt = d->peer_nxt[conn], dice = diff_rand(d, 100);

	if (dice < 66)
		return nxt;
	if (dice < 74)
		return nxt + 1 + diff_rand(d, 3000);
	if (dice < 79)
		return nxt + 1000;
	if (dice < 87)
		return nxt - diff_rand(d, nxt < 3000 ? nxt + 1 : 3000);
	if (dice < 91)
		return nxt - 1;
	if (dice < 93)
		return nxt + 1;
	if (dice < 95)
		return nxt + 20000;
	return dice < 97 ? nxt + 0x10000000 : nxt - 0x10000000;
}

static uint32_t an_ack(struct diff_draw *d, unsigned conn)
{
	const struct diff_conn *c = &d->world->conns[conn];
	const uint32_t dice = diff_rand(d, 100);

	if (dice < 55)
		return c->nxt;
	if (dice < 75)
		return c->nxt > 1 ? 1 + 1000 * diff_rand(d, c->nxt / 1000 + 1) : c->nxt;
	if (dice < 85)
		return diff_rand(d, c->nxt + 1);
	if (dice < 91)
		return c->nxt - 1;
	if (dice < 94)
		return c->nxt + 1;
	if (dice < 97)
		return c->nxt + diff_rand(d, 5000);
	return dice < 98 ? c->nxt + 0x40000000 : c->nxt - 0x40000000;
}

static uint32_t a_length(struct diff_draw *d)
{
	static const uint16_t lengths[] = { 1, 10, 100, 500, 1000, 1000, 1460, 3000 };

	return diff_chance(d, 50) ? 0 : lengths[diff_rand(d, 8)];
}

static uint16_t flags(struct diff_draw *d)
{
	const uint32_t dice = diff_rand(d, 100);
	uint16_t f = SEA_FLAG_ACK;

	if (dice < 75)
		f = (uint16_t)(f | (diff_chance(d, 30) ? SEA_FLAG_PSH : 0));
	else if (dice < 84)
		f |= SEA_FLAG_FIN;
	else if (dice < 89)
		f = (uint16_t)(SEA_FLAG_RST | (diff_chance(d, 50) ? SEA_FLAG_ACK : 0));
	else if (dice < 92)
		f = (uint16_t)(SEA_FLAG_SYN | (diff_chance(d, 40) ? SEA_FLAG_ACK : 0));
	else if (dice < 95)
		f |= SEA_FLAG_URG;
	else if (dice < 98)
		f = (uint16_t)(f | (diff_chance(d, 50) ? SEA_FLAG_ECE : SEA_FLAG_CWR));
	else
		f = (uint16_t)diff_rand(d, 256);
	return f;
}

static void begin(struct diff_step *step, unsigned conn)
{
	step->is_packet = true;
	step->conn = conn;
	step->packet.proto = SEA_SCRIPT_TCP;
	step->packet.tcp.has_win = true;
}

static void note(struct diff_draw *d, const struct diff_step *step)
{
	const struct sea_script_tcp *tcp = &step->packet.tcp;
	uint32_t end = tcp->seq + tcp->payload + !!(tcp->flags & SEA_FLAG_FIN);
	uint32_t *nxt = &d->peer_nxt[step->conn];

	if (!(tcp->flags & (SEA_FLAG_RST | SEA_FLAG_SYN)) && tcp->seq == *nxt)
		*nxt = end;
}

void diff_draw_syn(struct diff_draw *d, struct diff_step *step, unsigned conn, bool ack)
{
	begin(step, conn);
	step->begins = true;
	step->packet.tcp.flags = (uint16_t)(SEA_FLAG_SYN | (ack ? SEA_FLAG_ACK : 0));
	step->packet.tcp.ack = ack ? (diff_chance(d, 95) ? 1 : diff_rand(d, 4)) : 0;
	step->packet.tcp.win = (uint16_t)(diff_chance(d, 85) ? 32792 : diff_rand(d, 65536));
	if (diff_chance(d, 6))
		step->packet.tcp.payload = 100;
	syn_options(d, step);
	d->peer_nxt[conn] = 1;
	d->opened[conn] = true;
}

void diff_draw_ack(struct diff_draw *d, struct diff_step *step, unsigned conn)
{
	begin(step, conn);
	step->packet.tcp.flags = SEA_FLAG_ACK;
	step->packet.tcp.seq = diff_chance(d, 96) ? 1 : a_seq(d, conn);
	step->packet.tcp.ack = diff_chance(d, 96) ? 1 : an_ack(d, conn);
	step->packet.tcp.win = (uint16_t)(diff_chance(d, 90) ? 257 : diff_rand(d, 65536));
	if (diff_chance(d, 10))
		step->packet.tcp.payload = a_length(d);
	if (diff_chance(d, 4))
		step->packet.tcp.flags |= SEA_FLAG_FIN;
	if (d->options_ts[conn] && diff_chance(d, 97))
		put_ts(d, step);
	note(d, step);
}

static void icmp(struct diff_draw *d, struct diff_step *step, unsigned conn)
{
	static const char *const codes[] = { "net_unreachable",      "host_unreachable",
					     "protocol_unreachable", "port_unreachable",
					     "source_route_failed",  "net_prohibited",
					     "host_prohibited",      "packet_filtered",
					     "frag_needed" };
	static const char *const codes6[] = { "no_route", "admin_prohibited", "address_unreachable",
					      "port_unreachable" };
	const bool v6 = d->program->family == SEA_RUN_IPV6;
	struct sea_script_icmp *i = &step->packet.icmp;
	const char *type = "unreachable", *code;

	step->is_packet = true;
	step->conn = conn;
	step->packet.proto = SEA_SCRIPT_ICMP;
	code = v6 ? codes6[diff_rand(d, 4)] : codes[diff_rand(d, 8)];
	if (diff_chance(d, 35)) {
		static const uint16_t mtus[] = { 1400, 1000, 600, 552, 500, 296, 0, 68 };

		type = v6 ? "packet_too_big" : type;
		code = v6 ? "" : codes[8];
		i->has_mtu = true;
		i->mtu = v6 ? (diff_chance(d, 50) ? 1280 : 1400) : mtus[diff_rand(d, 8)];
	} else if (diff_chance(d, 15)) {
		type = v6                   ? "parameter_problem"
		       : diff_chance(d, 50) ? "time_exceeded"
					    : "source_quench";
		code = v6 ? "header_field" : "";
	}
	i->type = (struct sea_script_text){ type, strlen(type) };
	i->code = (struct sea_script_text){ *code ? code : NULL, strlen(code) };
	i->quote = SEA_QUOTE_TCP;
	i->quote_seq = diff_chance(d, 70) ? d->world->conns[conn].nxt - 1 - diff_rand(d, 2) * 999
					  : an_ack(d, conn);
	i->quote_payload = 1000;
}

void diff_draw_packet(struct diff_draw *d, struct diff_step *step)
{
	unsigned conn = diff_chance(d, 92) ? 0 : diff_rand(d, 3);
	struct sea_script_tcp *tcp = &step->packet.tcp;

	if (diff_chance(d, 5)) {
		icmp(d, step, conn);
		return;
	}
	if (!d->opened[conn] && diff_chance(d, 70)) {
		diff_draw_syn(d, step, conn, diff_chance(d, 10));
		return;
	}
	begin(step, conn);
	tcp->flags = flags(d);
	tcp->seq = a_seq(d, conn);
	tcp->ack = tcp->flags & SEA_FLAG_ACK ? an_ack(d, conn) : 0;
	tcp->payload = a_length(d);
	tcp->win = (uint16_t)(diff_chance(d, 85)   ? 257
			      : diff_chance(d, 40) ? 0
						   : diff_rand(d, 300));
	if (tcp->flags & SEA_FLAG_URG)
		tcp->urg = (uint16_t)(diff_chance(d, 60) ? 1 + diff_rand(d, tcp->payload + 2)
							 : diff_rand(d, 65536));
	if (tcp->flags & SEA_FLAG_SYN) {
		syn_options(d, step);
	} else {
		if (d->options_ts[conn] && diff_chance(d, 96))
			put_ts(d, step);
		if (diff_chance(d, 12))
			put_sack(d, step);
	}
	note(d, step);
}
