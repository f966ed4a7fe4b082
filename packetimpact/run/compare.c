// SPDX-License-Identifier: Apache-2.0
/* A packet that the device sent beside the one that the script wants, field by field. */
#include <string.h>

#include "packetimpact/run/sign.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

struct comparison {
	struct sea_run *run;
	const struct sea_conn *conn;
	const struct sea_script_packet *packet;
	const struct sea_seen *seen;
	unsigned wrong;
};

static void differs(struct comparison *c, const char *field, const char *expected, const char *seen)
{
	if (!c->wrong++)
		sea_run_fail(c->run, c->run->event->pos, "the packet is not the expected one");
	sea_run_note(c->run, "  %s: expected %s, seen %s", field, expected, seen);
}

static void check(struct comparison *c, const char *field, uint32_t expected, uint32_t seen)
{
	char want[16], got[16];

	if (expected == seen)
		return;
	snprintf(want, sizeof(want), "%u", expected);
	snprintf(got, sizeof(got), "%u", seen);
	differs(c, field, want, got);
}

static void check_tos(struct comparison *c)
{
	const struct sea_script_ip *ip = &c->packet->ip;
	uint8_t ecn = c->seen->tos & 3;

	if (ip->tos_check == SEA_TOS_ECN)
		check(c, "IP ECN", ip->tos, ecn);
	else if (ip->tos_check == SEA_TOS_BYTE)
		check(c, "IP TOS", ip->tos, c->seen->tos);
	else if (ip->tos_check == SEA_TOS_ECT01 && ecn != 1 && ecn != 2)
		differs(c, "IP ECN", "ect0 or ect1", ecn ? "ce" : "noecn");
	if (ip->has_ttl)
		check(c, "IP TTL", ip->ttl, c->seen->ttl);
}

/* A label of the script stands for the one that was seen first; another for another. */
static void check_flowlabel(struct comparison *c, struct sea_conn *conn)
{
	uint32_t want = c->packet->ip.flowlabel, got = c->seen->flowlabel;

	if (!c->packet->ip.has_flowlabel || !want || !c->seen->v6)
		return;
	if (!got) {
		differs(c, "IP flow label", "any", "none");
	} else if (want == conn->script_flowlabel) {
		check(c, "IP flow label", conn->live_flowlabel, got);
	} else if (conn->script_flowlabel && got == conn->live_flowlabel) {
		differs(c, "IP flow label", "another one", "the same");
	} else {
		conn->script_flowlabel = want;
		conn->live_flowlabel = got;
	}
}

static const char *flags_text(uint16_t flags, char text[16])
{
	static const char letters[] = "FSRP.UEWA";
	unsigned n = 0;

	for (unsigned i = 0; letters[i]; i++)
		if (flags & 1u << i)
			text[n++] = letters[i];
	if (!n)
		text[n++] = '-';
	text[n] = '\0';
	return text;
}

static void check_tcp(struct comparison *c)
{
	const struct sea_script_tcp *tcp = &c->packet->tcp;
	const struct sea_seen *seen = c->seen;
	char want[16], got[16];

	if (tcp->flags != seen->flags)
		differs(c, "TCP flags", flags_text(tcp->flags, want), flags_text(seen->flags, got));
	check(c, "TCP reserved bits", 0, seen->reserved);
	check(c, "TCP sequence number", tcp->seq, seen->seq);
	check(c, "TCP acknowledgement", tcp->ack, seen->ack);
	if (tcp->has_win)
		check(c, "TCP window", tcp->win, seen->win);
	check(c, "TCP urgent pointer", tcp->urg, seen->urg);
}

/* ---- options ---- */

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* A timestamp of the device must be as much later than its first as the script says. */
static bool is_ts(struct comparison *c, const struct sea_script_option *option, uint32_t got)
{
	const struct sea_run_config *config = &c->run->config;
	int64_t off = (int32_t)(got - option->ts_val), allowed = config->tolerance_ns;
	int64_t grown = (int64_t)(config->tolerance_percent / 100 * (double)c->run->time_ns);

	if (grown > allowed)
		allowed = grown;
	return !config->ts_tick_us ||
	       (off < 0 ? -off : off) * (int64_t)config->ts_tick_us * 1000 <= allowed;
}

static bool is_sack(const struct sea_script_option *option, const uint8_t *at, size_t len)
{
	if (len != 2 + 8 * option->n_sack)
		return false;
	for (size_t i = 0; i < option->n_sack; i++)
		if (get32(at + 2 + 8 * i) != option->sack[i].left ||
		    get32(at + 6 + 8 * i) != option->sack[i].right)
			return false;
	return true;
}

static bool is_accecn(const struct sea_script_option *option, const uint8_t *at, size_t len)
{
	if (at[0] != (option->accecn[0].which == SEA_ACCECN_E0B ? 172 : 174) ||
	    len != 2 + 3 * option->n_accecn)
		return false;
	for (size_t i = 0; i < option->n_accecn; i++)
		if (get32(at + 1 + 3 * i) << 8 >> 8 != option->accecn[i].value)
			return false;
	return true;
}

static bool is_bytes(const struct sea_script_option *option, const uint8_t *at, size_t len,
		     size_t header)
{
	return len == header + option->len &&
	       (!option->len || !memcmp(at + header, option->bytes, option->len));
}

/* Of a segment that came whole: what was joined of several has no MAC. */
static bool is_ao(struct comparison *c, const struct sea_script_option *option, const uint8_t *at,
		  size_t len)
{
	const struct sea_seen *seen = c->seen;
	const struct sea_mac_segment segment = {
		.v6 = seen->v6,
		.src = seen->src.b,
		.dst = seen->dst.b,
		.sisn = c->conn->local_isn,
		.disn = c->conn->remote_isn,
		.header = seen->header,
		.header_len = (uint32_t)(sizeof(struct sea_tcp_hdr) + seen->options_len),
		.at = (uint32_t)(sizeof(struct sea_tcp_hdr) + (size_t)(at - seen->options)),
		.payload = seen->payload,
		.payload_len = seen->payload_len,
	};
	uint8_t mac[16];

	if (at[0] != SEA_TCPOPT_AO || len != SEA_TCP_AO_HEAD_LEN + option->len ||
	    at[2] != option->keyid || at[3] != option->rnext)
		return false;
	if (!option->key)
		return is_bytes(option, at, len, SEA_TCP_AO_HEAD_LEN);
	return sea_run_sign(c->run, option, &segment, mac) &&
	       memcmp(mac, at + SEA_TCP_AO_HEAD_LEN, option->len) == 0;
}

static bool is_option(struct comparison *c, const struct sea_script_option *option,
		      const uint8_t *at, size_t len)
{
	switch (option->kind) {
	case SEA_OPTION_EOL:
		return at[0] == SEA_TCPOPT_EOL;
	case SEA_OPTION_NOP:
		return at[0] == SEA_TCPOPT_NOP;
	case SEA_OPTION_MSS:
		return at[0] == SEA_TCPOPT_MSS && len == 4 && (at[2] << 8 | at[3]) == option->mss;
	case SEA_OPTION_WSCALE:
		return at[0] == SEA_TCPOPT_WSCALE && len == 3 && at[2] == option->wscale;
	case SEA_OPTION_SACKOK:
		return at[0] == SEA_TCPOPT_SACK_PERM && len == 2;
	case SEA_OPTION_SACK:
		return at[0] == SEA_TCPOPT_SACK && is_sack(option, at, len);
	case SEA_OPTION_TS:
		return at[0] == SEA_TCPOPT_TS && len == 10 && is_ts(c, option, get32(at + 2));
	case SEA_OPTION_MD5:
		return at[0] == 19 && is_bytes(option, at, len, 2);
	case SEA_OPTION_AO:
		return is_ao(c, option, at, len);
	case SEA_OPTION_FO:
		return at[0] == 34 && is_bytes(option, at, len, 2);
	case SEA_OPTION_FOEXP:
		return at[0] == 254 && len >= 4 && at[2] == 0xf9 && at[3] == 0x89 &&
		       is_bytes(option, at, len, 4);
	case SEA_OPTION_ACCECN:
		return is_accecn(option, at, len);
	}
	return false;
}

static void check_options(struct comparison *c)
{
	const struct sea_script_option *option = c->packet->tcp.options;
	size_t at = 0, len = 0, n = 1;
	char field[32];

	if (c->packet->tcp.any_options)
		return;
	for (;; option = option->next, n++) {
		const uint8_t *got = sea_seen_option(c->seen, &at, &len);

		if (!option && !got)
			return;
		snprintf(field, sizeof(field), "TCP option %zu", n);
		if (!option)
			differs(c, field, "none", "one more");
		else if (!got)
			differs(c, field, "one more", "none");
		else if (!is_option(c, option, got, len))
			differs(c, field, "that of the script", "another");
		if (!option || !got)
			return;
	}
}

/* Scripts send zeros; only bytes of their own may be others. */
static void check_payload(struct comparison *c, uint32_t expected)
{
	const struct sea_seen *seen = c->seen;

	check(c, "payload bytes", expected, (uint32_t)seen->payload_len);
	for (size_t i = 0; !c->run->wrote_bytes && i < seen->payload_len; i++) {
		if (!seen->payload[i])
			continue;
		differs(c, "payload", "zeros", "other bytes");
		return;
	}
}

static void check_icmp(struct comparison *c)
{
	uint8_t type, code;

	if (!sea_run_icmp_code(&c->packet->icmp, c->seen->v6, &type, &code)) {
		sea_run_fail(c->run, c->packet->pos, "there is no such ICMP type or code");
		return;
	}
	check(c, "ICMP type", type, c->seen->icmp_type);
	check(c, "ICMP code", code, c->seen->icmp_code);
}

static uint8_t proto_of(const struct sea_script_packet *packet, bool v6)
{
	static const uint8_t protos[][2] = {
		[SEA_SCRIPT_TCP] = { SEA_IPPROTO_TCP, SEA_IPPROTO_TCP },
		[SEA_SCRIPT_UDP] = { SEA_IPPROTO_UDP, SEA_IPPROTO_UDP },
		[SEA_SCRIPT_ICMP] = { SEA_IPPROTO_ICMP, SEA_IPPROTO_ICMPV6 },
	};

	return protos[packet->proto][v6];
}

static void show(const struct comparison *c)
{
	struct sea_run *run = c->run;

	fputs("  script: ", run->report);
	sea_script_print_packet(c->packet, run->report);
	fputs("\n  device: ", run->report);
	sea_seen_print(c->seen, run->report);
	fputc('\n', run->report);
}

bool sea_run_compare(struct sea_run *run, const struct sea_script_packet *packet,
		     struct sea_conn *conn, const struct sea_seen *seen)
{
	struct comparison c = { run, conn, packet, seen, 0 };

	check(&c, "IP protocol", proto_of(packet, seen->v6), seen->proto);
	check_tos(&c);
	check_flowlabel(&c, conn);
	if (!c.wrong && packet->proto == SEA_SCRIPT_TCP) {
		check_tcp(&c);
		check_options(&c);
		check_payload(&c, packet->tcp.payload);
	} else if (!c.wrong && packet->proto == SEA_SCRIPT_UDP) {
		check_payload(&c, packet->udp_payload);
	} else if (!c.wrong) {
		check_icmp(&c);
	}
	if (run->failed)
		show(&c);
	return !run->failed;
}
