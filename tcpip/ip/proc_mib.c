/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/snmp, snmp6 and netstat: counters, by Linux's names and in its order (core/mib.def). */
#include <inttypes.h>
#include <string.h>

#include <seastack/stats.h>

#include "core/stack.h"
#include "ip/ipv4.h"
#include "ip/proc.h"

#define TYPES_A_LINE 16

/* What one line of names, and one of values, has. */
struct group {
	const char *label;
	enum sea_mib first, last;
	/* What stands between, instead of counters: of what is made by hand. */
	bool (*by_hand)(struct sea_stack *stack, struct sea_text *t);
};

/* A kind of ICMP message, with its counters. */
struct icmp_type {
	uint8_t type;
	enum sea_mib mib;
};

/* -- values -- */

/* The only counter that is shown with a sign: no limit on connections is -1. */
static void put_value(struct sea_text *t, const struct sea_stack *stack, enum sea_mib i)
{
	uint64_t value = stack->shard.counters.mib[i];

	if (i == SEA_MIB_TcpMaxConn)
		sea_procnet_put(t, " %" PRId64, (int64_t)value);
	else
		sea_procnet_put(t, " %" PRIu64, value);
}

static struct sea_counter counter_of(const struct sea_stack *stack, enum sea_mib i)
{
	struct sea_counter counter = { .name = "", .layer = "" };

	(void)sea_stack_mib(stack, i, &counter);
	return counter;
}

static void put_name(struct sea_text *t, const struct sea_stack *stack, enum sea_mib i)
{
	struct sea_counter counter = counter_of(stack, i);

	sea_procnet_put(t, " %s", counter.name + strlen(counter.layer));
}

/* -- messages of ICMP by their type: those that came or went -- */

/* By type. What has no counter of its own (RFC 8335's extended echoes) is not told apart. */
static const struct icmp_type icmp_in[] = {
	{ 0, SEA_MIB_IcmpInEchoReps },       { 3, SEA_MIB_IcmpInDestUnreachs },
	{ 4, SEA_MIB_IcmpInSrcQuenchs },     { 5, SEA_MIB_IcmpInRedirects },
	{ 8, SEA_MIB_IcmpInEchos },          { 11, SEA_MIB_IcmpInTimeExcds },
	{ 12, SEA_MIB_IcmpInParmProbs },     { 13, SEA_MIB_IcmpInTimestamps },
	{ 14, SEA_MIB_IcmpInTimestampReps }, { 17, SEA_MIB_IcmpInAddrMasks },
	{ 18, SEA_MIB_IcmpInAddrMaskReps },
};

static const struct icmp_type icmp_out[] = {
	{ 0, SEA_MIB_IcmpOutEchoReps },       { 3, SEA_MIB_IcmpOutDestUnreachs },
	{ 4, SEA_MIB_IcmpOutSrcQuenchs },     { 5, SEA_MIB_IcmpOutRedirects },
	{ 8, SEA_MIB_IcmpOutEchos },          { 11, SEA_MIB_IcmpOutTimeExcds },
	{ 12, SEA_MIB_IcmpOutParmProbs },     { 13, SEA_MIB_IcmpOutTimestamps },
	{ 14, SEA_MIB_IcmpOutTimestampReps }, { 17, SEA_MIB_IcmpOutAddrMasks },
	{ 18, SEA_MIB_IcmpOutAddrMaskReps },
};

#define N_ICMP (sizeof(icmp_in) / sizeof(icmp_in[0]))

/* Of ICMPv6: the types in the order of the counters, which is that of the types. */
static const uint8_t icmp6_types[] = { 1,   2,   3,   4,   128, 129, 130, 131,
				       132, 133, 134, 135, 136, 137, 143 };

/* The i-th of all kinds of message, in and then out. */
static const struct icmp_type *icmp_at(unsigned i)
{
	return i < N_ICMP ? &icmp_in[i] : &icmp_out[i - N_ICMP];
}

static void put_types(struct sea_text *t, const struct sea_stack *stack, const unsigned *at,
		      unsigned n)
{
	sea_text_str(t, "IcmpMsg:");
	for (unsigned i = 0; i < n; i++)
		sea_procnet_put(t, " %sType%u", at[i] < N_ICMP ? "In" : "Out",
				icmp_at(at[i])->type);
	sea_text_str(t, "\nIcmpMsg:");
	for (unsigned i = 0; i < n; i++)
		put_value(t, stack, icmp_at(at[i])->mib);
	sea_text_char(t, '\n');
}

static bool put_icmp_types(struct sea_stack *stack, struct sea_text *t)
{
	unsigned at[TYPES_A_LINE], n = 0;

	for (unsigned i = 0; i < 2 * N_ICMP; i++) {
		if (!stack->shard.counters.mib[icmp_at(i)->mib])
			continue;
		at[n++] = i;
		if (n == TYPES_A_LINE) {
			put_types(t, stack, at, n);
			n = 0;
		}
	}
	if (n)
		put_types(t, stack, at, n);
	return true;
}

/* -- lines -- */

static bool put_udplite(struct sea_stack *stack, struct sea_text *t)
{
	(void)stack; /* nobody speaks it */
	sea_text_str(t,
		     "UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors "
		     "InCsumErrors IgnoredMulti MemErrors\n"
		     "UdpLite: 0 0 0 0 0 0 0 0 0\n");
	return true;
}

static const struct group snmp[] = {
	{ "Ip", SEA_MIB_IpInReceives, SEA_MIB_IpOutTransmits, NULL },
	{ "Icmp", SEA_MIB_IcmpInMsgs, SEA_MIB_IcmpOutAddrMaskReps, NULL },
	{ "IcmpMsg", 0, 0, put_icmp_types },
	{ "Tcp", SEA_MIB_TcpRtoAlgorithm, SEA_MIB_TcpInCsumErrors, NULL },
	{ "Udp", SEA_MIB_UdpInDatagrams, SEA_MIB_UdpMemErrors, NULL },
	{ "UdpLite", 0, 0, put_udplite },
};

static const struct group netstat[] = {
	{ "TcpExt", SEA_MIB_TcpExtSyncookiesSent, SEA_MIB_TcpExtTCPAODroppedIcmps, NULL },
	{ "IpExt", SEA_MIB_IpExtInNoRoutes, SEA_MIB_IpExtReasmOverlaps, NULL },
};

static void put_names(struct sea_text *t, const struct sea_stack *stack, const struct group *g)
{
	sea_procnet_put(t, "%s:%s", g->label,
			g->first == SEA_MIB_IpInReceives ? " Forwarding DefaultTTL" : "");
	for (unsigned i = g->first; i <= (unsigned)g->last; i++)
		put_name(t, stack, (enum sea_mib)i);
	sea_text_char(t, '\n');
}

/* ipForwarding: 1 yes, 2 no (RFC 4293). */
static void put_values(struct sea_text *t, const struct sea_stack *stack, const struct group *g)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(stack);

	sea_procnet_put(t, "%s:", g->label);
	if (g->first == SEA_MIB_IpInReceives)
		sea_procnet_put(t, " %d %" PRId32, ip->conf_all.forwarding ? 1 : 2,
				ip->sysctl.ip_default_ttl);
	for (unsigned i = g->first; i <= (unsigned)g->last; i++)
		put_value(t, stack, (enum sea_mib)i);
	sea_text_char(t, '\n');
}

/* place[0]: names, values, names, values, … */
static bool put_groups(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		       struct sea_text *t, const struct group *groups, unsigned n)
{
	uint64_t at = cursor->place[0]++;
	const struct group *g;

	if (at >= 2 * (uint64_t)n)
		return false;
	g = &groups[at / 2];
	if (g->by_hand)
		return at % 2 || g->by_hand(stack, t);
	if (at % 2)
		put_values(t, stack, g);
	else
		put_names(t, stack, g);
	return true;
}

bool sea_procnet_write_snmp(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			    struct sea_text *t)
{
	return put_groups(stack, cursor, t, snmp, sizeof(snmp) / sizeof(snmp[0]));
}

bool sea_procnet_write_netstat(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			       struct sea_text *t)
{
	return put_groups(stack, cursor, t, netstat, sizeof(netstat) / sizeof(netstat[0]));
}

/* -- IPv6: a counter a line -- */

static void put_counter6(struct sea_text *t, const struct sea_stack *stack, enum sea_mib i)
{
	struct sea_counter counter = counter_of(stack, i);

	sea_procnet_put(t, "%-32s\t%" PRIu64 "\n", counter.name, counter.value);
}

static void put_counters6(struct sea_text *t, const struct sea_stack *stack, enum sea_mib first,
			  enum sea_mib last)
{
	for (unsigned i = first; i <= (unsigned)last; i++)
		put_counter6(t, stack, (enum sea_mib)i);
}

static void put_types6(struct sea_text *t, const struct sea_stack *stack, const char *way,
		       enum sea_mib first)
{
	for (unsigned i = 0; i < sizeof(icmp6_types); i++) {
		uint64_t value = stack->shard.counters.mib[first + i];
		char name[33];
		struct sea_text n;

		if (!value)
			continue;
		sea_text_init(&n, name, sizeof(name));
		sea_procnet_put(&n, "Icmp6%sType%u", way, icmp6_types[i]);
		sea_procnet_put(t, "%-32s\t%" PRIu64 "\n", name, value);
	}
}

static void put_udplite6(struct sea_text *t)
{
	static const char *const names[] = { "InDatagrams",  "NoPorts",      "InErrors",
					     "OutDatagrams", "RcvbufErrors", "SndbufErrors",
					     "InCsumErrors", "MemErrors" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[33];
		struct sea_text n;

		sea_text_init(&n, name, sizeof(name));
		sea_procnet_put(&n, "UdpLite6%s", names[i]);
		sea_procnet_put(t, "%-32s\t0\n", name);
	}
}

bool sea_procnet_write_snmp6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			     struct sea_text *t)
{
	switch (cursor->place[0]++) {
	case 0:
		put_counters6(t, stack, SEA_MIB_Ip6InReceives, SEA_MIB_Ip6OutTransmits);
		return true;
	case 1:
		put_counters6(t, stack, SEA_MIB_Icmp6InMsgs, SEA_MIB_Icmp6OutMLDv2Reports);
		return true;
	case 2:
		put_types6(t, stack, "In", SEA_MIB_Icmp6InDestUnreachs);
		put_types6(t, stack, "Out", SEA_MIB_Icmp6OutDestUnreachs);
		return true;
	case 3:
		put_counters6(t, stack, SEA_MIB_Udp6InDatagrams, SEA_MIB_Udp6MemErrors);
		put_udplite6(t);
		return true;
	default:
		return false;
	}
}
