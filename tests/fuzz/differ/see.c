// SPDX-License-Identifier: Apache-2.0
/* What a device sent, in the numbers of scripts. */
#include "tests/fuzz/differ/differ.h"

#include <stdlib.h>
#include <string.h>

#include "packetimpact/run/seen.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

static struct diff_conn *conn_of(struct diff_world *w, const struct sea_seen *seen)
{
	for (unsigned i = 0; i < DIFF_CONNS; i++)
		if (seen->proto == SEA_IPPROTO_TCP &&
		    w->conns[i].conn.remote_port == seen->dst_port)
			return &w->conns[i];
	return NULL;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* What the peer learns from it. */
static void learn(struct diff_conn *c, const struct sea_seen *seen)
{
	const bool syn = seen->flags & SEA_FLAG_SYN;
	const uint32_t end =
		seen->seq + (uint32_t)seen->payload_len + syn + !!(seen->flags & SEA_FLAG_FIN);
	const uint8_t *option;
	size_t at = 0, len;

	if (syn) {
		c->conn.local_isn = seen->seq;
		c->conn.local_port = seen->src_port;
		c->nxt = 1;
		c->seen = true;
	}
	if (seen->flags & SEA_FLAG_RST)
		return;
	if ((int32_t)(end - c->conn.local_isn - c->nxt) > 0)
		c->nxt = end - c->conn.local_isn;
	if (seen->flags & SEA_FLAG_ACK)
		c->ack = seen->ack - c->conn.remote_isn;
	c->win = seen->win;
	while ((option = sea_seen_option(seen, &at, &len))) {
		if (option[0] == SEA_TCPOPT_SACK_PERM)
			c->sack = true;
		if (option[0] != SEA_TCPOPT_TS || len != 10)
			continue;
		if (!c->has_ts)
			c->conn.first_live_ts = get32(option + 2);
		c->has_ts = true;
		c->ts_val = get32(option + 2) - c->conn.first_live_ts + c->conn.first_script_ts;
	}
}

/* -- words: for comparing, and for a script -- */

static void put_option(FILE *out, const struct diff_conn *c, const uint8_t *o, size_t len,
		       bool script)
{
	if (o[0] <= SEA_TCPOPT_NOP)
		fputs(o[0] ? "nop" : "eol", out);
	else if (o[0] == SEA_TCPOPT_MSS && len == 4)
		fprintf(out, "mss %u", o[2] << 8 | o[3]);
	else if (o[0] == SEA_TCPOPT_WSCALE && len == 3)
		fprintf(out, "wscale %u", o[2]);
	else if (o[0] == SEA_TCPOPT_SACK_PERM && len == 2)
		fputs("sackOK", out);
	else if (o[0] == SEA_TCPOPT_TS && len == 10 && script)
		fprintf(out, "TS val %u ecr %u",
			get32(o + 2) - c->conn.first_live_ts + c->conn.first_script_ts,
			get32(o + 6));
	else if (o[0] == SEA_TCPOPT_TS && len == 10)
		fprintf(out, "TS ecr %u", get32(o + 6));
	else if (o[0] == SEA_TCPOPT_SACK && len % 8 == 2) {
		fputs("sack", out);
		for (size_t i = 2; i < len; i += 8)
			fprintf(out, " %u:%u", get32(o + i) - c->conn.remote_isn,
				get32(o + i + 4) - c->conn.remote_isn);
	} else
		fprintf(out, "kind %u len %zu", o[0], len);
}

static void put_options(FILE *out, const struct diff_conn *c, const struct sea_seen *seen,
			bool script)
{
	const uint8_t *option;
	size_t at = 0, len;
	const char *between = " <";

	while ((option = sea_seen_option(seen, &at, &len))) {
		fputs(between, out);
		put_option(out, c, option, len, script);
		between = ",";
	}
	if (seen->options_len)
		fputc('>', out);
}

static void put_tcp(FILE *out, const struct diff_world *w, const struct diff_conn *c,
		    const struct sea_seen *seen, bool script)
{
	static const char letters[] = "FSRP.UEWA";
	const bool syn = seen->flags & SEA_FLAG_SYN;
	/* A reset without a connection begins at 0. */
	const uint32_t seq = seen->seq ? seen->seq - c->conn.local_isn : 0;

	if (script && seen->tos & 3)
		fprintf(out, "[%s] ",
			(seen->tos & 3) == 2   ? "ect0"
			: (seen->tos & 3) == 1 ? "ect1"
					       : "ce");
	if (c != w->conns || seen->src_port != c->conn.local_port)
		fprintf(out, "%u > %u ", script || seen->src_port == DIFF_PORT ? seen->src_port : 0,
			seen->dst_port);
	for (unsigned i = 0; letters[i]; i++)
		if (seen->flags & 1u << i)
			fputc(letters[i], out);
	fprintf(out, " %u:%u(%zu)", seq, seq + (uint32_t)seen->payload_len, seen->payload_len);
	if (seen->flags & SEA_FLAG_ACK)
		fprintf(out, " ack %u", seen->ack - (syn ? 0 : c->conn.remote_isn));
	if (w->windows)
		fprintf(out, " win %u", seen->win);
	if (seen->urg)
		fprintf(out, " urg %u", seen->urg);
	put_options(out, c, seen, script);
	if (!script)
		fprintf(out, " tos %u ttl %u", seen->tos, seen->ttl);
}

static void put(struct diff_world *w, const struct diff_conn *c, const struct sea_seen *seen,
		char *text, size_t len, bool script)
{
	FILE *out = fmemopen(text, len, "w");

	if (!out)
		abort();
	fputs("> ", out);
	if (c)
		put_tcp(out, w, c, seen, script);
	else if (seen->proto == SEA_IPPROTO_TCP)
		fprintf(out, "tcp to port %u", seen->dst_port);
	else
		fprintf(out, "icmp type %u code %u (%zu)", seen->icmp_type, seen->icmp_code,
			seen->payload_len);
	fclose(out);
}

/* Neighbour discovery and its like are not the programs'. */
static bool is_noise(const struct sea_seen *seen)
{
	return seen->proto == SEA_IPPROTO_ICMPV6 && seen->icmp_type >= 130;
}

void diff_world_see(struct diff_world *w, const struct sea_dut_packet *packet)
{
	struct sea_seen seen;
	enum sea_seen_fault fault = sea_seen_parse(packet, &seen);
	struct diff_answer *a;
	struct diff_conn *c;

	if (fault == SEA_SEEN_OTHER || is_noise(&seen)) {
		free(seen.payload);
		return;
	}
	a = diff_world_answer(w);
	a->is_packet = true;
	a->time = (sea_time){ packet->time.ns - w->run.start.ns };
	c = conn_of(w, &seen);
	if (c)
		learn(c, &seen);
	put(w, c, &seen, a->text, sizeof(a->text), false);
	put(w, c, &seen, a->line, sizeof(a->line), true);
	if (fault != SEA_SEEN_OK)
		snprintf(a->text, sizeof(a->text), "> wrong lengths or checksums");
	for (unsigned i = 0; "FSRP.UEWA"[i]; i++)
		if (c && seen.flags & 1u << i)
			a->kind[strlen(a->kind)] = "FSRP.UEWA"[i];
	if (c)
		snprintf(a->kind + strlen(a->kind), 8, "%s", seen.payload_len ? "+" : "");
	free(seen.payload);
}
