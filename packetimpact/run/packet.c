// SPDX-License-Identifier: Apache-2.0
/* Events that are packets. */
#include <stdlib.h>
#include <string.h>

#include "packetimpact/run/state.h"
#include "packetimpact/run/wrap.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

#define PATIENCE_NS 2000000000 /* beyond its time, for a packet that is expected */

bool sea_run_ts_find(const struct sea_conn *conn, uint32_t script, uint32_t *live)
{
	for (const struct sea_ts_map *map = conn->ts; map; map = map->next) {
		if (map->script != script)
			continue;
		*live = map->live;
		return true;
	}
	return false;
}

/* ---- whose packet it is ---- */

/* A SYN for a listener begins the connection that is looked at from here on. */
static struct sea_conn *child_of_listener(struct sea_run *run,
					  const struct sea_script_packet *packet)
{
	struct sea_conn *conn = run->under_test;

	if (packet->outbound || packet->proto != SEA_SCRIPT_TCP ||
	    (conn && conn->state != SEA_CONN_LISTENING))
		return NULL;
	conn = sea_run_conn_new(run);
	if (!conn)
		return NULL;
	conn->state = SEA_CONN_SYN_GOT;
	conn->protocol = SEA_IPPROTO_TCP;
	conn->remote_isn = packet->tcp.seq;
	conn->local = run->config.local;
	conn->local_port = run->config.bind_port;
	conn->has_local = true;
	conn->remote = run->config.remote;
	conn->remote_port = run->next_port++;
	return conn;
}

static bool is_protocol(const struct sea_conn *conn, const struct sea_script_packet *packet)
{
	if (packet->proto == SEA_SCRIPT_TCP)
		return conn->protocol == SEA_IPPROTO_TCP;
	if (packet->proto == SEA_SCRIPT_UDP)
		return conn->protocol == SEA_IPPROTO_UDP;
	return true;
}

static struct sea_conn *conn_for(struct sea_run *run, const struct sea_script_packet *packet)
{
	struct sea_conn *conn = child_of_listener(run, packet);
	bool ports = packet->src_port || packet->dst_port;

	if (conn)
		return conn;
	conn = run->under_test;
	if (conn && conn->state == SEA_CONN_CONNECTING && packet->outbound &&
	    packet->proto == SEA_SCRIPT_TCP &&
	    (packet->tcp.flags & (SEA_FLAG_SYN | SEA_FLAG_ACK)) == SEA_FLAG_SYN) {
		conn->state = SEA_CONN_SYN_SENT;
		conn->script_local_isn = packet->tcp.seq;
	}
	if (conn && (ports || is_protocol(conn, packet)))
		return conn;
	if (!run->failed)
		sea_run_fail(run, packet->pos, "there is no socket yet that this packet is for");
	return NULL;
}

/* ---- in ---- */

static void note_inbound(struct sea_conn *conn, const struct sea_script_packet *packet)
{
	uint16_t flags = packet->proto == SEA_SCRIPT_TCP ? packet->tcp.flags : 0;

	if (conn->state == SEA_CONN_SYNACK_SENT && (flags & SEA_FLAG_ACK)) {
		conn->state = SEA_CONN_SYNACK_ACKED;
	} else if (conn->state == SEA_CONN_SYN_SENT && (flags & SEA_FLAG_SYN) &&
		   (flags & SEA_FLAG_ACK)) {
		conn->state = SEA_CONN_SYN_ACKED;
		conn->remote_isn = packet->tcp.seq;
	}
}

static bool inject(struct sea_run *run, const struct sea_script_packet *packet,
		   struct sea_conn *conn)
{
	struct sea_dut_packet live;

	if (!sea_run_wait_event(run, "a packet that comes in"))
		return false;
	note_inbound(conn, packet);
	if (!conn->has_local) {
		conn->local = run->config.local;
		conn->local_port = run->config.bind_port;
	}
	if (!sea_run_build(run, packet, conn, &live) ||
	    (packet->encaps && !sea_run_wrap(run, packet->encaps, &live)))
		return false;
	if (sea_dut_inject(run->dut, &live))
		return sea_run_fail(run, packet->pos, "the device takes no such packet");
	return sea_run_until(run, sea_run_now(run), 0, NULL);
}

/* ---- out ---- */

static bool same_addr(const struct sea_addr *a, const struct sea_addr *b)
{
	return a->family == b->family && !memcmp(a->b, b->b, a->family == SEA_AF_INET ? 4 : 16);
}

static bool is_icmp(const struct sea_seen *seen)
{
	return seen->proto == SEA_IPPROTO_ICMP || seen->proto == SEA_IPPROTO_ICMPV6;
}

/* Is it of this connection, or the first one of it? */
static bool is_of(struct sea_conn *conn, const struct sea_seen *seen)
{
	bool icmp = is_icmp(seen);

	if (!same_addr(&seen->dst, &conn->remote) ||
	    (!icmp && (seen->dst_port != conn->remote_port || seen->proto != conn->protocol)))
		return false;
	if (conn->has_local)
		return same_addr(&seen->src, &conn->local) &&
		       (icmp || seen->src_port == conn->local_port);
	if (seen->proto == SEA_IPPROTO_TCP &&
	    (conn->state != SEA_CONN_SYN_SENT ||
	     (seen->flags & (SEA_FLAG_SYN | SEA_FLAG_ACK)) != SEA_FLAG_SYN))
		return false;
	if (sea_time_before(seen->time, conn->since))
		return false; /* of another one, that the script has left */
	conn->has_local = true;
	conn->local = seen->src;
	conn->local_port = seen->src_port;
	conn->local_isn = seen->seq;
	return true;
}

/* The next packet of the connection; others are not looked at. */
static bool take(struct sea_run *run, struct sea_conn *conn, int64_t until_ns,
		 struct sea_seen *seen)
{
	struct sea_dut_packet live;
	unsigned why = SEA_DUT_STOP_PACKET;

	for (;;) {
		while (sea_dut_take(run->dut, &live)) {
			enum sea_unwrapped inside =
				sea_run_unwrap(run, run->event->packet.encaps, &live);
			enum sea_seen_fault fault;

			if (inside == SEA_WRAPPED_WRONG)
				return false;
			if (inside == SEA_WRAPPED_OTHERWISE)
				continue;
			fault = sea_seen_parse(&live, seen);
			if (fault == SEA_SEEN_OK && is_of(conn, seen))
				return true;
			free(seen->payload);
			seen->payload = NULL;
			if (fault == SEA_SEEN_BAD || fault == SEA_SEEN_CHECKSUM)
				return sea_run_fail(run, run->event->pos,
						    "the device sent a packet with wrong %s",
						    fault == SEA_SEEN_BAD ? "lengths"
									  : "checksums");
		}
		if (!why)
			return sea_run_fail(run, run->event->pos,
					    "the packet did not come: waited until %.6f s",
					    (double)sea_run_now(run) / 1e9);
		if (!sea_run_until(run, until_ns, SEA_DUT_STOP_PACKET | SEA_DUT_STOP_CALL, &why))
			return false;
	}
}

static void map_sack(struct sea_seen *seen, uint32_t offset)
{
	const uint8_t *option;
	size_t at = 0, len;

	while ((option = sea_seen_option(seen, &at, &len))) {
		uint8_t *edge = seen->options + (at - len) + 2;

		if (option[0] != SEA_TCPOPT_SACK || len % 8 != 2)
			continue;
		for (; edge < seen->options + at; edge += 4) {
			sea_be32 *word = (sea_be32 *)(void *)edge;

			*word = sea_be32_of(sea_be32_get(*word) - offset);
		}
	}
}

/* Live sequence numbers into the script's. */
static void map_numbers(struct sea_conn *conn, struct sea_seen *seen)
{
	bool syn = seen->flags & SEA_FLAG_SYN;
	uint32_t remote = syn ? 0 : conn->remote_isn;

	seen->seq -= conn->local_isn - (syn ? conn->script_local_isn : 0);
	if (seen->flags & SEA_FLAG_ACK)
		seen->ack -= remote;
	map_sack(seen, remote);
}

static const struct sea_script_option *script_ts(const struct sea_script_packet *packet)
{
	const struct sea_script_option *option = packet->tcp.options;

	while (option && option->kind != SEA_OPTION_TS)
		option = option->next;
	return option;
}

/* Remembers which timestamp of the script stands for which live one, and puts the script's there. */
static bool map_ts(struct sea_run *run, struct sea_conn *conn,
		   const struct sea_script_packet *packet, struct sea_seen *seen)
{
	const struct sea_script_option *want = script_ts(packet);
	const uint8_t *option;
	size_t at = 0, len;

	while (want && (option = sea_seen_option(seen, &at, &len))) {
		sea_be32 *word = (sea_be32 *)(void *)(seen->options + (at - len) + 2);
		struct sea_ts_map *map;

		if (option[0] != SEA_TCPOPT_TS || len != 10)
			continue;
		map = sea_run_alloc(run, sizeof(*map));
		if (!map)
			return false;
		*map = (struct sea_ts_map){ want->ts_val, sea_be32_get(*word), conn->ts };
		conn->ts = map;
		if (!conn->has_ts) {
			conn->has_ts = true;
			conn->first_script_ts = map->script;
			conn->first_live_ts = map->live;
		}
		*word = sea_be32_of(conn->first_script_ts + map->live - conn->first_live_ts);
	}
	return true;
}

/* May `next` be the rest of the segment that `seen` begins? It is joined then. */
static bool join(struct sea_run *run, struct sea_seen *seen, struct sea_seen *next, size_t wanted)
{
	size_t sum = seen->payload_len + next->payload_len;
	uint16_t last = SEA_FLAG_FIN | SEA_FLAG_PSH;
	uint8_t *joined;

	if (next->seq != seen->seq + (uint32_t)seen->payload_len || next->ack != seen->ack ||
	    sum > wanted || !next->payload_len ||
	    (next->flags | last | SEA_FLAG_CWR) != (seen->flags | last | SEA_FLAG_CWR)) {
		sea_run_fail(run, run->event->pos,
			     "the device sent %zu of %zu bytes, and then something else",
			     seen->payload_len, wanted);
		fputs("  device: ", run->report);
		sea_seen_print(next, run->report);
		fputc('\n', run->report);
		return false;
	}
	joined = realloc(seen->payload, sum + 1);
	if (!joined)
		return sea_run_fail(run, run->event->pos, "out of memory");
	memcpy(joined + seen->payload_len, next->payload, next->payload_len);
	seen->payload = joined;
	seen->payload_len = sum;
	/* of the last one, but the sequence number and CWR of the first */
	seen->flags = (uint16_t)((next->flags & ~SEA_FLAG_CWR) | (seen->flags & SEA_FLAG_CWR));
	seen->win = next->win;
	seen->options_len = next->options_len;
	memcpy(seen->options, next->options, sizeof(seen->options));
	seen->time = next->time;
	return true;
}

static void verbose(struct sea_run *run, const struct sea_seen *seen)
{
	if (!run->config.verbose)
		return;
	fprintf(run->report, "  %.6f ", (double)(seen->time.ns - run->start.ns) / 1e9);
	sea_seen_print(seen, run->report);
	fputc('\n', run->report);
}

/* One segment of the script may be met by several smaller ones. */
static bool gather(struct sea_run *run, const struct sea_script_packet *packet,
		   struct sea_conn *conn, int64_t until_ns, struct sea_seen *seen)
{
	struct sea_seen next;
	bool good = true;

	if (!take(run, conn, until_ns, seen))
		return false;
	if (packet->proto != SEA_SCRIPT_TCP || seen->proto != SEA_IPPROTO_TCP)
		return true;
	/* even where another packet was expected, so that its numbers can be read */
	if (conn->state == SEA_CONN_SYN_GOT && (seen->flags & SEA_FLAG_SYN) &&
	    (seen->flags & SEA_FLAG_ACK)) {
		conn->state = SEA_CONN_SYNACK_SENT;
		conn->script_local_isn = packet->tcp.flags & SEA_FLAG_SYN ? packet->tcp.seq : 0;
		conn->local_isn = seen->seq;
	}
	map_numbers(conn, seen);
	verbose(run, seen);
	while (good && seen->payload_len && seen->payload_len < packet->tcp.payload &&
	       !run->config.strict_segments && seen->seq == packet->tcp.seq) {
		good = take(run, conn, until_ns, &next);
		if (!good)
			break;
		map_numbers(conn, &next);
		verbose(run, &next);
		good = join(run, seen, &next, packet->tcp.payload);
		free(next.payload);
	}
	return good;
}

static bool expect(struct sea_run *run, const struct sea_script_packet *packet,
		   struct sea_conn *conn)
{
	const struct sea_script_event *event = run->event;
	bool any = event->time.kind == SEA_TIME_ANY;
	struct sea_seen seen = { 0 };
	bool good;

	good = gather(run, packet, conn, any ? INT64_MAX : run->to_ns + PATIENCE_NS, &seen);
	if (!good) {
		fputs("  script: ", run->report);
		sea_script_print_packet(packet, run->report);
		fputc('\n', run->report);
	}
	good = good && map_ts(run, conn, packet, &seen) &&
	       sea_run_compare(run, packet, conn, &seen) &&
	       (any ||
		sea_run_check_time(run, event, run->time_ns, run->to_ns,
				   seen.time.ns - run->start.ns, run->last_ns, "the packet"));
	if (any)
		run->time_ns = seen.time.ns - run->start.ns;
	free(seen.payload);
	return good;
}

bool sea_run_packet(struct sea_run *run)
{
	const struct sea_script_packet *packet = &run->event->packet;
	struct sea_conn *conn;

	if (packet->tcp.has_psp) {
		run->skipped = true;
		return sea_run_fail(run, packet->pos, "packets inside of PSP are not run");
	}
	conn = conn_for(run, packet);
	if (!conn)
		return false;
	return packet->outbound ? expect(run, packet, conn) : inject(run, packet, conn);
}
