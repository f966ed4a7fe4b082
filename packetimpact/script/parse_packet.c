// SPDX-License-Identifier: Apache-2.0
/* Packets: what stands behind '<' or '>'. */
#include <string.h>

#include "packetimpact/script/number.h"
#include "packetimpact/script/parser.h"

static const struct {
	const char *word;
	enum sea_script_tos check;
	uint8_t tos;
} ecn_words[] = {
	{ "noecn", SEA_TOS_ECN, 0 }, { "ect1", SEA_TOS_ECN, 1 },    { "ect0", SEA_TOS_ECN, 2 },
	{ "ce", SEA_TOS_ECN, 3 },    { "ect01", SEA_TOS_ECT01, 0 },
};

static bool parse_ip_item(struct sea_lexer *lexer, struct sea_script_ip *ip)
{
	for (size_t i = 0; i < sizeof(ecn_words) / sizeof(ecn_words[0]); i++) {
		if (!sea_grammar_take_word(lexer, ecn_words[i].word))
			continue;
		ip->tos_check = ecn_words[i].check;
		ip->tos = ecn_words[i].tos;
		return true;
	}
	if (sea_grammar_take_word(lexer, "tos")) {
		ip->tos_check = SEA_TOS_BYTE;
		ip->tos = (uint8_t)sea_grammar_number(lexer, 255, "the type of service");
	} else if (sea_grammar_take_word(lexer, "flowlabel")) {
		ip->has_flowlabel = true;
		ip->flowlabel = sea_grammar_number(lexer, 0xfffff, "the flow label");
	} else if (sea_grammar_take_word(lexer, "ttl")) {
		ip->has_ttl = true;
		ip->ttl = (uint8_t)sea_grammar_number(lexer, 255, "the time to live");
	} else {
		sea_grammar_unexpected(lexer,
				       "noecn, ect0, ect1, ect01, ce, tos, flowlabel or ttl");
	}
	return !lexer->rc;
}

void sea_grammar_ip(struct sea_lexer *lexer, struct sea_script_ip *ip)
{
	char end;

	if (!sea_grammar_is_punct(lexer, '(') && !sea_grammar_is_punct(lexer, '['))
		return;
	end = lexer->token.punct == '(' ? ')' : ']';
	sea_lexer_next(lexer);
	while (parse_ip_item(lexer, ip) && sea_grammar_take_punct(lexer, ','))
		;
	sea_grammar_expect(lexer, end, "behind what is said of the IP header");
}

static void parse_ports(struct sea_lexer *lexer, struct sea_script_packet *packet)
{
	if (lexer->token.kind != SEA_TOKEN_INTEGER)
		return;
	packet->src_port = (uint16_t)sea_grammar_number(lexer, 65535, "the source port");
	if (sea_grammar_expect(lexer, '>', "between the two ports"))
		packet->dst_port =
			(uint16_t)sea_grammar_number(lexer, 65535, "the destination port");
}

static bool is_flag(char c)
{
	return c && strchr("FSRP.UEWA01234567-", c);
}

static uint16_t flag_of(char c)
{
	static const char letters[] = "FSRP.UEWA";

	return (uint16_t)(1u << (strchr(letters, c) - letters));
}

/* "S.", "P.", ".", "-" for none; a digit is the three flags of AccECN at once. */
static void parse_flags(struct sea_lexer *lexer, struct sea_script_tcp *tcp)
{
	size_t at = lexer->token.at;
	struct sea_script_text text = { 0 };

	if (lexer->token.kind == SEA_TOKEN_END || !is_flag(lexer->s[at])) {
		sea_grammar_unexpected(lexer, "TCP flags (of FSRP.UEWA, or -), udp or icmp");
		return;
	}
	text = sea_lexer_raw(lexer, is_flag);
	for (size_t i = 0; i < text.len && !(text.len == 1 && text.s[0] == '-'); i++) {
		char c = text.s[i];
		bool digit = c >= '0' && c <= '7';
		uint16_t ecn = SEA_FLAG_ECE | SEA_FLAG_CWR | SEA_FLAG_AE;

		if (c == '-')
			sea_lexer_fail(lexer, at + i, "a - for no flags must stand alone");
		else if (digit && (tcp->ace || (tcp->flags & ecn)))
			sea_lexer_fail(lexer, at + i, "E, W, A and a digit exclude each other");
		else if (digit)
			tcp->flags |= (uint16_t)((c - '0') << 6);
		else
			tcp->flags |= flag_of(c);
		tcp->ace |= digit;
	}
}

/* 1:1001(1000) */
static void parse_seq(struct sea_lexer *lexer, uint32_t *seq, uint32_t *payload)
{
	size_t at = lexer->token.at;
	uint32_t end;

	*seq = sea_grammar_number(lexer, UINT32_MAX, "the first sequence number");
	if (!sea_grammar_expect(lexer, ':', "behind the first sequence number"))
		return;
	end = sea_grammar_number(lexer, UINT32_MAX, "the last sequence number");
	if (!sea_grammar_expect(lexer, '(', "in front of the length"))
		return;
	*payload = sea_grammar_number(lexer, 65535, "the length");
	sea_grammar_expect(lexer, ')', "behind the length");
	if (!lexer->rc && end - *seq != *payload)
		sea_lexer_fail(lexer, at, "from %u to %u are not %u bytes", *seq, end, *payload);
}

static void parse_psp(struct sea_lexer *lexer, struct sea_script_tcp *tcp)
{
	if (!sea_grammar_take_word(lexer, "encap"))
		return;
	if (!sea_grammar_take_word(lexer, "psp") || !sea_grammar_take_word(lexer, "spi")) {
		sea_grammar_unexpected(lexer, "psp spi and a number");
		return;
	}
	tcp->has_psp = true;
	tcp->psp_spi = sea_grammar_number(lexer, UINT32_MAX, "the SPI");
}

static void parse_tcp(struct sea_lexer *lexer, struct sea_script_packet *packet)
{
	struct sea_script_tcp *tcp = &packet->tcp;
	size_t at;

	packet->proto = SEA_SCRIPT_TCP;
	parse_psp(lexer, tcp);
	parse_ports(lexer, packet);
	parse_flags(lexer, tcp);
	parse_seq(lexer, &tcp->seq, &tcp->payload);
	if (sea_grammar_take_word(lexer, "ack"))
		tcp->ack = sea_grammar_number(lexer, UINT32_MAX, "the acknowledgement");
	if (sea_grammar_take_word(lexer, "win")) {
		tcp->has_win = true;
		tcp->win = (uint16_t)sea_grammar_number(lexer, 65535, "the window");
	}
	if (sea_grammar_take_word(lexer, "urg"))
		tcp->urg = (uint16_t)sea_grammar_number(lexer, 65535, "the urgent pointer");
	at = lexer->token.at;
	if (sea_grammar_is_punct(lexer, '<'))
		sea_grammar_options(lexer, tcp);
	if (tcp->any_options && !packet->outbound)
		sea_lexer_fail(lexer, at, "<...> is for packets of the device");
}

static void parse_udp(struct sea_lexer *lexer, struct sea_script_packet *packet)
{
	packet->proto = SEA_SCRIPT_UDP;
	parse_ports(lexer, packet);
	if (!sea_grammar_expect(lexer, '(', "in front of the length"))
		return;
	packet->udp_payload = sea_grammar_number(lexer, 65535, "the length");
	sea_grammar_expect(lexer, ')', "behind the length");
}

/* [udp (8)], [raw (8)], [1:1001(1000)] */
static void parse_quote(struct sea_lexer *lexer, struct sea_script_icmp *icmp)
{
	bool udp, raw;

	if (!sea_grammar_take_punct(lexer, '['))
		return;
	udp = sea_grammar_take_word(lexer, "udp");
	raw = !udp && sea_grammar_take_word(lexer, "raw");
	icmp->quote = udp ? SEA_QUOTE_UDP : raw ? SEA_QUOTE_RAW : SEA_QUOTE_TCP;
	if (!udp && !raw) {
		parse_seq(lexer, &icmp->quote_seq, &icmp->quote_payload);
	} else if (sea_grammar_expect(lexer, '(', "in front of the length")) {
		icmp->quote_payload = sea_grammar_number(lexer, 65535, "the length");
		sea_grammar_expect(lexer, ')', "behind the length");
	}
	sea_grammar_expect(lexer, ']', "behind the quoted packet");
}

static bool is_name(const struct sea_lexer *lexer)
{
	return (lexer->token.kind == SEA_TOKEN_WORD && !sea_grammar_is_word(lexer, "mtu") &&
		!sea_grammar_is_word(lexer, "id"));
}

static void parse_icmp(struct sea_lexer *lexer, struct sea_script_packet *packet)
{
	struct sea_script_icmp *icmp = &packet->icmp;

	packet->proto = SEA_SCRIPT_ICMP;
	if (!is_name(lexer)) {
		sea_grammar_unexpected(lexer, "the type of the ICMP message");
		return;
	}
	icmp->type = lexer->token.text;
	sea_lexer_next(lexer);
	if (is_name(lexer)) {
		icmp->code = lexer->token.text;
		sea_lexer_next(lexer);
	}
	if (sea_grammar_take_word(lexer, "mtu")) {
		icmp->has_mtu = true;
		icmp->mtu = sea_grammar_number(lexer, UINT32_MAX, "the MTU");
	}
	if (sea_grammar_take_word(lexer, "id"))
		icmp->id = (uint16_t)sea_grammar_number(lexer, 65535, "the identifier");
	parse_quote(lexer, icmp);
}

void sea_grammar_packet(struct sea_lexer *lexer, struct sea_script_packet *packet)
{
	size_t at;

	packet->pos = sea_lexer_pos(lexer, lexer->token.at);
	packet->outbound = sea_grammar_is_punct(lexer, '>');
	sea_lexer_next(lexer);
	sea_grammar_encaps(lexer, packet);
	at = lexer->token.at;
	sea_grammar_ip(lexer, &packet->ip);
	if (packet->ip.tos_check == SEA_TOS_ECT01 && !packet->outbound)
		sea_lexer_fail(lexer, at, "[ect01] is for packets of the device");
	if (sea_grammar_take_word(lexer, "udp"))
		parse_udp(lexer, packet);
	else if (sea_grammar_take_word(lexer, "icmp"))
		parse_icmp(lexer, packet);
	else
		parse_tcp(lexer, packet);
}
