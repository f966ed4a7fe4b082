// SPDX-License-Identifier: Apache-2.0
/* Headers around a packet. */
#include <string.h>

#include "packetimpact/script/number.h"
#include "packetimpact/script/parser.h"

#define ENCAPS_MAX 16
#define LABELS_MAX 64

static bool is_address(char c)
{
	return sea_number_digit(c) >= 0 || c == '.' || c == ':';
}

static void parse_address(struct sea_lexer *lexer, uint8_t family, struct sea_addr *addr)
{
	size_t at = lexer->token.at;
	struct sea_script_text text;

	if (lexer->token.kind == SEA_TOKEN_END) {
		sea_grammar_unexpected(lexer, "an address");
		return;
	}
	text = sea_lexer_raw(lexer, is_address);
	/* the ':' that ends the header may stand at once behind it */
	if (text.len > 1 && text.s[text.len - 1] == ':' && text.s[text.len - 2] != ':') {
		lexer->at = at + --text.len;
		text = sea_lexer_copy(lexer, text.s, text.len);
		sea_lexer_next(lexer);
	}
	if (text.s && (!sea_addr_parse(text.s, addr) || addr->family != family))
		sea_lexer_fail(lexer, at, "an IPv%d address is expected here",
			       family == SEA_AF_INET ? 4 : 6);
}

static void parse_ip_header(struct sea_lexer *lexer, struct sea_script_encap *encap)
{
	uint8_t family = encap->kind == SEA_ENCAP_IPV4 ? SEA_AF_INET : SEA_AF_INET6;

	sea_grammar_ip(lexer, &encap->ip);
	parse_address(lexer, family, &encap->src);
	if (sea_grammar_expect(lexer, '>', "between the two addresses"))
		parse_address(lexer, family, &encap->dst);
}

static uint16_t parse_gre_flag(struct sea_lexer *lexer)
{
	static const struct {
		const char *word;
		uint16_t flag;
	} flags[] = { { "checksum", SEA_GRE_CHECKSUM },
		      { "key", SEA_GRE_KEY },
		      { "sequence", SEA_GRE_SEQUENCE } };

	if (sea_grammar_take_word(lexer, "none"))
		return 0;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!sea_grammar_take_word(lexer, flags[i].word))
			continue;
		sea_grammar_take_punct(lexer, '#'); /* "sequence# present" */
		if (!sea_grammar_take_word(lexer, "present"))
			sea_grammar_unexpected(lexer, "present");
		return flags[i].flag;
	}
	sea_grammar_unexpected(lexer, "none, or checksum, key or sequence# present");
	return 0;
}

static uint16_t parse_gre_flags(struct sea_lexer *lexer)
{
	uint16_t flags = 0;

	if (!sea_grammar_take_punct(lexer, '['))
		return (uint16_t)sea_grammar_number(lexer, 65535, "the flags");
	do
		flags |= parse_gre_flag(lexer);
	while (sea_grammar_take_punct(lexer, ','));
	sea_grammar_expect(lexer, ']', "behind the flags");
	return flags;
}

static uint32_t parse_gre_field(struct sea_lexer *lexer, const char *name, uint32_t max)
{
	sea_grammar_take_punct(lexer, ',');
	if (!sea_grammar_take_word(lexer, name)) {
		sea_grammar_unexpected(lexer, name);
		return 0;
	}
	sea_grammar_take_punct(lexer, '=');
	return sea_grammar_number(lexer, max, name);
}

static void parse_gre(struct sea_lexer *lexer, struct sea_script_encap *encap)
{
	sea_grammar_take_punct(lexer, ',');
	if (!sea_grammar_take_word(lexer, "flags") && !sea_grammar_take_word(lexer, "Flags"))
		return;
	encap->gre.flags = parse_gre_flags(lexer);
	encap->gre.sum = (uint16_t)parse_gre_field(lexer, "sum", 65535);
	encap->gre.off = (uint16_t)parse_gre_field(lexer, "off", 65535);
	encap->gre.key = parse_gre_field(lexer, "key", UINT32_MAX);
	encap->gre.seq = parse_gre_field(lexer, "seq", UINT32_MAX);
}

/* (label 0, tc 0, [S], ttl 0) */
static void parse_label(struct sea_lexer *lexer, struct sea_script_mpls *mpls)
{
	sea_grammar_take_punct(lexer, '(');
	if (!sea_grammar_take_word(lexer, "label"))
		sea_grammar_unexpected(lexer, "label");
	mpls->label = sea_grammar_number(lexer, 0xfffff, "the label");
	mpls->tc = (uint8_t)parse_gre_field(lexer, "tc", 7);
	sea_grammar_take_punct(lexer, ',');
	if (sea_grammar_take_punct(lexer, '[')) {
		mpls->bottom = true;
		if (!sea_grammar_take_word(lexer, "S"))
			sea_grammar_unexpected(lexer, "S, the bottom of the stack,");
		sea_grammar_expect(lexer, ']', "behind S");
	}
	mpls->ttl = (uint8_t)parse_gre_field(lexer, "ttl", 255);
	sea_grammar_expect(lexer, ')', "behind the label");
}

static void parse_mpls(struct sea_lexer *lexer, struct sea_script_encap *encap)
{
	struct sea_script_mpls labels[LABELS_MAX] = { 0 };

	while (sea_grammar_is_punct(lexer, '(')) {
		if (encap->n_mpls == LABELS_MAX) {
			sea_lexer_fail(lexer, lexer->token.at, "more than %d labels", LABELS_MAX);
			return;
		}
		parse_label(lexer, &labels[encap->n_mpls++]);
	}
	encap->mpls = sea_grammar_new(lexer, (encap->n_mpls + 1) * sizeof(labels[0]));
	if (encap->mpls)
		memcpy(encap->mpls, labels, encap->n_mpls * sizeof(labels[0]));
}

static bool take_kind(struct sea_lexer *lexer, enum sea_script_encap_kind *kind)
{
	if (sea_grammar_take_word(lexer, "ipv4"))
		*kind = SEA_ENCAP_IPV4;
	else if (sea_grammar_take_word(lexer, "ipv6"))
		*kind = SEA_ENCAP_IPV6;
	else if (sea_grammar_take_word(lexer, "gre") || sea_grammar_take_word(lexer, "GREv0"))
		*kind = SEA_ENCAP_GRE;
	else if (sea_grammar_take_word(lexer, "mpls"))
		*kind = SEA_ENCAP_MPLS;
	else
		return false;
	return true;
}

void sea_grammar_encaps(struct sea_lexer *lexer, struct sea_script_packet *packet)
{
	struct sea_script_encap **end = &packet->encaps;
	enum sea_script_encap_kind kind;
	unsigned n = 0;

	while (take_kind(lexer, &kind)) {
		struct sea_script_encap *encap = sea_grammar_new(lexer, sizeof(*encap));

		if (!encap)
			return;
		encap->kind = kind;
		if (kind == SEA_ENCAP_GRE)
			parse_gre(lexer, encap);
		else if (kind == SEA_ENCAP_MPLS)
			parse_mpls(lexer, encap);
		else
			parse_ip_header(lexer, encap);
		sea_grammar_expect(lexer, ':', "behind a header");
		if (++n > ENCAPS_MAX)
			sea_lexer_fail(lexer, lexer->token.at, "more than %d headers", ENCAPS_MAX);
		*end = encap;
		end = &encap->next;
	}
}
