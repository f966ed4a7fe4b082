// SPDX-License-Identifier: Apache-2.0
/* TCP options. */
#include <string.h>

#include "packetimpact/script/number.h"
#include "packetimpact/script/parser.h"

#define OPTIONS_BYTES_MAX 40u
#define AO_MACLEN 12u /* as Linux, where nothing is said */
#define AO_KEYLEN_MAX 80u

static void parse_mss(struct sea_lexer *lexer, struct sea_script_option *option)
{
	option->mss = (uint16_t)sea_grammar_number(lexer, 65535, "the MSS");
}

static void parse_wscale(struct sea_lexer *lexer, struct sea_script_option *option)
{
	option->wscale = (uint8_t)sea_grammar_number(lexer, 255, "the window's shift");
}

static void parse_ts(struct sea_lexer *lexer, struct sea_script_option *option)
{
	if (!sea_grammar_take_word(lexer, "val"))
		sea_grammar_unexpected(lexer, "val");
	option->ts_val = sea_grammar_number(lexer, UINT32_MAX, "the timestamp");
	if (!sea_grammar_take_word(lexer, "ecr"))
		sea_grammar_unexpected(lexer, "ecr");
	option->ts_ecr = sea_grammar_number(lexer, UINT32_MAX, "the echoed timestamp");
}

static void parse_sack(struct sea_lexer *lexer, struct sea_script_option *option)
{
	struct sea_script_sack blocks[OPTIONS_BYTES_MAX / 8];

	while (!option->n_sack || lexer->token.kind == SEA_TOKEN_INTEGER) {
		struct sea_script_sack *block = &blocks[option->n_sack];

		if (option->n_sack == OPTIONS_BYTES_MAX / 8) {
			sea_lexer_fail(lexer, lexer->token.at,
				       "options have no more room than this");
			return;
		}
		block->left = sea_grammar_number(lexer, UINT32_MAX, "the left edge");
		sea_grammar_expect(lexer, ':', "in a SACK block");
		block->right = sea_grammar_number(lexer, UINT32_MAX, "the right edge");
		option->n_sack++;
	}
	option->sack = sea_grammar_new(lexer, sizeof(blocks));
	if (option->sack)
		memcpy(option->sack, blocks, option->n_sack * sizeof(blocks[0]));
}

/* Hexadecimal digits, or none. */
static void parse_bytes(struct sea_lexer *lexer, struct sea_script_option *option)
{
	struct sea_script_text text = lexer->token.text;
	size_t at = lexer->token.at;
	uint8_t *bytes;

	if (lexer->token.kind != SEA_TOKEN_WORD && lexer->token.kind != SEA_TOKEN_INTEGER)
		return;
	bytes = sea_grammar_new(lexer, text.len / 2 + 1);
	if (!bytes)
		return;
	if (!sea_number_bytes(text, bytes))
		sea_lexer_fail(lexer, at, "pairs of hexadecimal digits are expected here");
	option->bytes = bytes;
	option->len = text.len / 2;
	sea_lexer_next(lexer);
}

static const struct sea_expr *parse_string(struct sea_lexer *lexer, const char *what)
{
	size_t at = lexer->token.at;
	const struct sea_expr *expr = sea_grammar_expr(lexer);

	if (expr && (expr->kind != SEA_EXPR_STRING || expr->open))
		sea_lexer_fail(lexer, at, "%s is a string", what);
	return expr;
}

static uint8_t parse_id(struct sea_lexer *lexer, const char *word)
{
	if (!sea_grammar_take_word(lexer, word))
		sea_grammar_unexpected(lexer, word);
	return (uint8_t)sea_grammar_number(lexer, 255, "the ID");
}

/* ao keyid 1 rnext 2, and mac 00112233 or: maclen 12 alg "hmac(sha1)" key "secret" */
static void parse_ao(struct sea_lexer *lexer, struct sea_script_option *option)
{
	size_t at;

	option->keyid = parse_id(lexer, "keyid");
	option->rnext = parse_id(lexer, "rnext");
	if (sea_grammar_take_word(lexer, "mac")) {
		parse_bytes(lexer, option);
		return;
	}
	option->len = AO_MACLEN;
	if (sea_grammar_take_word(lexer, "maclen"))
		option->len = sea_grammar_number(lexer, 16, "the MAC's length");
	if (sea_grammar_take_word(lexer, "alg"))
		option->alg = parse_string(lexer, "an algorithm's name");
	at = lexer->token.at;
	if (!sea_grammar_take_word(lexer, "key"))
		sea_grammar_unexpected(lexer, "mac or key");
	option->key = parse_string(lexer, "a key");
	if (option->key && option->key->text.len > AO_KEYLEN_MAX)
		sea_lexer_fail(lexer, at, "a key has at most %u bytes", AO_KEYLEN_MAX);
}

/* On the wire the option's kind says which of the two is first; CE is between them. */
static bool is_order(const struct sea_script_option *option)
{
	enum sea_script_accecn first = option->accecn[0].which;

	return first != SEA_ACCECN_CEB &&
	       (option->n_accecn < 2 || option->accecn[1].which == SEA_ACCECN_CEB) &&
	       (option->n_accecn < 3 ||
		option->accecn[2].which ==
			(first == SEA_ACCECN_E0B ? SEA_ACCECN_E1B : SEA_ACCECN_E0B));
}

static void parse_accecn(struct sea_lexer *lexer, struct sea_script_option *option)
{
	static const char *const names[] = { "e0b", "ceb", "e1b" };

	for (size_t i = 0; i < 3 && option->n_accecn < 3; i++) {
		if (!sea_grammar_take_word(lexer, names[i]))
			continue;
		option->accecn[option->n_accecn].which = (enum sea_script_accecn)i;
		option->accecn[option->n_accecn++].value =
			sea_grammar_number(lexer, 0xffffff, "the counter");
		i = (size_t)-1; /* the next one may be any */
	}
	if (!option->n_accecn)
		sea_grammar_unexpected(lexer, "e0b or e1b");
	else if (!is_order(option))
		sea_lexer_fail(lexer, lexer->token.at, "the order is e0b ceb e1b or e1b ceb e0b");
}

static void parse_nothing(struct sea_lexer *lexer, struct sea_script_option *option)
{
	(void)lexer;
	(void)option;
}

/* `len`: what the option takes without its bytes, blocks and counters. */
static const struct {
	const char *word;
	void (*parse)(struct sea_lexer *lexer, struct sea_script_option *option);
	uint8_t len;
} options[] = {
	[SEA_OPTION_EOL] = { "eol", parse_nothing, 1 },
	[SEA_OPTION_NOP] = { "nop", parse_nothing, 1 },
	[SEA_OPTION_MSS] = { "mss", parse_mss, 4 },
	[SEA_OPTION_WSCALE] = { "wscale", parse_wscale, 3 },
	[SEA_OPTION_SACKOK] = { "sackOK", parse_nothing, 2 },
	[SEA_OPTION_SACK] = { "sack", parse_sack, 2 },
	[SEA_OPTION_TS] = { "TS", parse_ts, 10 },
	[SEA_OPTION_MD5] = { "md5", parse_bytes, 2 },
	[SEA_OPTION_AO] = { "ao", parse_ao, 4 },
	[SEA_OPTION_FO] = { "FO", parse_bytes, 2 },
	[SEA_OPTION_FOEXP] = { "FOEXP", parse_bytes, 4 },
	[SEA_OPTION_ACCECN] = { "ECN", parse_accecn, 2 },
};

void sea_grammar_option(struct sea_lexer *lexer, struct sea_script_option *option)
{
	option->pos = sea_lexer_pos(lexer, lexer->token.at);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!sea_grammar_take_word(lexer, options[i].word))
			continue;
		option->kind = (enum sea_script_option_kind)i;
		options[i].parse(lexer, option);
		return;
	}
	sea_grammar_unexpected(lexer, "a TCP option (mss, wscale, sackOK, sack, TS, nop, eol, FO, "
				      "FOEXP, md5, ao or ECN)");
}

static size_t option_len(const struct sea_script_option *option)
{
	return options[option->kind].len + option->len + 8 * option->n_sack + 3 * option->n_accecn;
}

void sea_grammar_options(struct sea_lexer *lexer, struct sea_script_tcp *tcp)
{
	struct sea_script_option **end = &tcp->options;
	size_t at = lexer->token.at, sum = 0;

	sea_lexer_next(lexer);
	if (lexer->token.kind == SEA_TOKEN_ELLIPSIS) {
		tcp->any_options = true;
		sea_lexer_next(lexer);
		sea_grammar_expect(lexer, '>', "behind the options");
		return;
	}
	do {
		struct sea_script_option *option = sea_grammar_new(lexer, sizeof(*option));

		if (!option)
			return;
		sea_grammar_option(lexer, option);
		sum += option_len(option);
		*end = option;
		end = &option->next;
	} while (sea_grammar_take_punct(lexer, ','));
	sea_grammar_expect(lexer, '>', "or a , behind an option");
	if (sum > OPTIONS_BYTES_MAX)
		sea_lexer_fail(lexer, at, "these options take %zu bytes of the %u there are", sum,
			       OPTIONS_BYTES_MAX);
}
