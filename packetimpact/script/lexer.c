// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/script/lexer.h"

#include <errno.h>
#include <string.h>

#include "packetimpact/script/number.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The byte `n` behind the place, 0 behind the end. */
static char ahead(const struct sea_lexer *lexer, size_t n)
{
	return lexer->len - lexer->at > n ? lexer->s[lexer->at + n] : '\0';
}

static bool looking_at(const struct sea_lexer *lexer, const char *word)
{
	size_t len = strlen(word);

	return lexer->len - lexer->at >= len && !memcmp(lexer->s + lexer->at, word, len);
}

struct sea_script_text sea_lexer_copy(struct sea_lexer *lexer, const char *s, size_t len)
{
	struct sea_script_text text = { sea_arena_copy(lexer->arena, s, len), len };

	if (!text.s)
		sea_lexer_fail_memory(lexer);
	return text;
}

static struct sea_script_text taken(struct sea_lexer *lexer, size_t from, size_t to)
{
	return sea_lexer_copy(lexer, lexer->s + from, to - from);
}

static void skip_line(struct sea_lexer *lexer)
{
	while (lexer->at < lexer->len && lexer->s[lexer->at] != '\n')
		lexer->at++;
}

/* The place behind `end`, searched from `from` on; 0: it is not there. */
static size_t behind(const struct sea_lexer *lexer, size_t from, const char *end)
{
	const char *found = from > lexer->len
				    ? NULL
				    : memmem(lexer->s + from, lexer->len - from, end, strlen(end));

	return found ? (size_t)(found - lexer->s) + strlen(end) : 0;
}

/* '#' begins a comment where nothing stands before it on its line. */
static bool begins_line(const struct sea_lexer *lexer)
{
	size_t at = lexer->at;

	while (at > 0 && (lexer->s[at - 1] == ' ' || lexer->s[at - 1] == '\t'))
		at--;
	return at == 0 || lexer->s[at - 1] == '\n';
}

static bool skip_comment(struct sea_lexer *lexer)
{
	size_t end;

	if (looking_at(lexer, "//") || (ahead(lexer, 0) == '#' && begins_line(lexer))) {
		skip_line(lexer);
		return true;
	}
	if (!looking_at(lexer, "/*"))
		return false;
	end = behind(lexer, lexer->at + 2, "*/");
	if (!end)
		sea_lexer_fail(lexer, lexer->at, "this comment has no end");
	lexer->at = end ? end : lexer->len;
	return true;
}

static void skip_blanks(struct sea_lexer *lexer)
{
	do {
		while (lexer->at < lexer->len && is_blank(lexer->s[lexer->at]))
			lexer->at++;
	} while (lexer->at < lexer->len && skip_comment(lexer));
}

/* What stands between two `quote`s; a backslash takes the meaning from the byte behind it. */
static void lex_quoted(struct sea_lexer *lexer, char quote, enum sea_token_kind kind)
{
	size_t from = lexer->at + 1, at = from;

	while (at < lexer->len && lexer->s[at] != quote)
		at += lexer->s[at] == '\\' && at + 1 < lexer->len ? 2 : 1;
	if (at >= lexer->len) {
		sea_lexer_fail(lexer, lexer->at, "this %c has no other one that ends it", quote);
		return;
	}
	lexer->token.kind = kind;
	lexer->token.text = taken(lexer, from, at);
	lexer->at = at + 1;
}

static void lex_code(struct sea_lexer *lexer)
{
	size_t from = lexer->at + 2, end = behind(lexer, from, "}%"), to;

	if (!end) {
		sea_lexer_fail(lexer, lexer->at, "this %%{ has no }%% that ends it");
		return;
	}
	lexer->at = end;
	for (to = end - 2; to > from && is_blank(lexer->s[to - 1]); to--)
		;
	while (from < to && (lexer->s[from] == ' ' || lexer->s[from] == '\t'))
		from++;
	lexer->token.kind = SEA_TOKEN_CODE;
	lexer->token.text = taken(lexer, from, to);
}

/* [-]digits, [-]digits.digits, 0xhex; a word where letters follow. */
static bool lex_number(struct sea_lexer *lexer)
{
	size_t from = lexer->at, at = from + (lexer->s[from] == '-'), digits = at;
	bool hex = false, is_float = false;

	while (at < lexer->len && is_digit(lexer->s[at]))
		at++;
	if (at + 1 < lexer->len && lexer->s[at] == '.' && is_digit(lexer->s[at + 1])) {
		is_float = true;
		for (at++; at < lexer->len && is_digit(lexer->s[at]); at++)
			;
	} else if (at == digits) {
		return false;
	} else if (at < lexer->len && is_word(lexer->s[at])) {
		while (at < lexer->len && is_word(lexer->s[at]))
			at++;
		hex = sea_number_is_hex(lexer->s + from, at - from);
		if (!hex)
			return false;
	}
	lexer->at = at;
	lexer->token.text = taken(lexer, from, at);
	lexer->token.kind = is_float ? SEA_TOKEN_FLOAT : hex ? SEA_TOKEN_HEX : SEA_TOKEN_INTEGER;
	if (!is_float && lexer->token.text.s &&
	    !sea_number_parse(lexer->token.text, &lexer->token.integer))
		sea_lexer_fail(lexer, from, "this number does not fit into 64 bits");
	return true;
}

static const struct sea_lexer_define *define_of(const struct sea_lexer *lexer, const char *s,
						size_t len)
{
	const struct sea_lexer_define *define = lexer->defines;

	while (define && (define->name.len != len || memcmp(define->name.s, s, len)))
		define = define->next;
	return define;
}

/* What a define puts in place of its name. */
static void lex_defined(struct sea_lexer *lexer, struct sea_script_text value)
{
	char quote = value.len >= 2 ? value.s[0] : '\0';

	lexer->token.text = value;
	if ((quote == '"' || quote == '`') && value.s[value.len - 1] == quote) {
		lexer->token.text = sea_lexer_copy(lexer, value.s + 1, value.len - 2);
		lexer->token.kind = quote == '"' ? SEA_TOKEN_STRING : SEA_TOKEN_SHELL;
	} else if (sea_number_parse(value, &lexer->token.integer)) {
		lexer->token.kind = sea_number_is_hex(value.s, value.len) ? SEA_TOKEN_HEX
									  : SEA_TOKEN_INTEGER;
	} else {
		lexer->token.kind = SEA_TOKEN_WORD;
	}
}

static void lex_word(struct sea_lexer *lexer)
{
	const struct sea_lexer_define *define;
	size_t from = lexer->at;

	while (is_word(ahead(lexer, 0)))
		lexer->at++;
	define = define_of(lexer, lexer->s + from, lexer->at - from);
	if (define) {
		lex_defined(lexer, define->value);
		return;
	}
	lexer->token.kind = SEA_TOKEN_WORD;
	lexer->token.text = taken(lexer, from, lexer->at);
}

static void lex_setting(struct sea_lexer *lexer)
{
	size_t from = lexer->at += 2;

	while (is_word(ahead(lexer, 0)))
		lexer->at++;
	lexer->token.kind = SEA_TOKEN_SETTING;
	lexer->token.text = taken(lexer, from, lexer->at);
}

static void lex_token(struct sea_lexer *lexer)
{
	char c = lexer->s[lexer->at], then = ahead(lexer, 1);

	if (c == '"')
		lex_quoted(lexer, c, SEA_TOKEN_STRING);
	else if (c == '`')
		lex_quoted(lexer, c, SEA_TOKEN_SHELL);
	else if (looking_at(lexer, "%{"))
		lex_code(lexer);
	else if (looking_at(lexer, "--") && is_word(ahead(lexer, 2)) && !is_digit(ahead(lexer, 2)))
		lex_setting(lexer);
	else if ((is_digit(c) || c == '-' || (c == '.' && is_digit(then))) && lex_number(lexer))
		return;
	else if (is_word(c))
		lex_word(lexer);
	else if (looking_at(lexer, "...")) {
		lexer->token.kind = SEA_TOKEN_ELLIPSIS;
		lexer->at += 3;
	} else {
		lexer->token.kind = SEA_TOKEN_PUNCT;
		lexer->token.punct = c;
		lexer->at++;
	}
}

void sea_lexer_next(struct sea_lexer *lexer)
{
	if (!lexer->rc)
		skip_blanks(lexer);
	lexer->token = (struct sea_token){ .kind = SEA_TOKEN_END, .at = lexer->at };
	if (!lexer->rc && lexer->at < lexer->len)
		lex_token(lexer);
	if (lexer->rc)
		lexer->token.kind = SEA_TOKEN_END;
}

static struct sea_script_text raw_to(struct sea_lexer *lexer, size_t from, size_t to)
{
	struct sea_script_text text = taken(lexer, from, to);

	lexer->at = to;
	return text;
}

struct sea_script_text sea_lexer_raw(struct sea_lexer *lexer, bool (*in)(char))
{
	size_t from = lexer->token.at, to = from;
	struct sea_script_text text;

	while (to < lexer->len && in(lexer->s[to]))
		to++;
	text = raw_to(lexer, from, to);
	sea_lexer_next(lexer);
	return text;
}

struct sea_script_text sea_lexer_remark(struct sea_lexer *lexer)
{
	size_t from = lexer->token.at + 1, to = from;
	struct sea_script_text text;

	while (to < lexer->len && lexer->s[to] != ')' && lexer->s[to] != '\n')
		to++;
	if (to == lexer->len || lexer->s[to] != ')') {
		sea_lexer_fail(lexer, from - 1, "this ( has no ) on its line");
		return (struct sea_script_text){ 0 };
	}
	text = raw_to(lexer, from, to);
	lexer->at = to + 1;
	sea_lexer_next(lexer);
	return text;
}

struct sea_script_text sea_lexer_value(struct sea_lexer *lexer)
{
	size_t from = lexer->token.at + 1, to;
	struct sea_script_text text;
	char quote = '\0';

	while (from < lexer->len && (lexer->s[from] == ' ' || lexer->s[from] == '\t'))
		from++;
	for (to = from; to < lexer->len && (quote || !is_blank(lexer->s[to])); to++) {
		if (quote && lexer->s[to] == quote)
			quote = '\0';
		else if (!quote && (lexer->s[to] == '"' || lexer->s[to] == '`'))
			quote = lexer->s[to];
	}
	if (quote)
		sea_lexer_fail(lexer, from, "a %c in this value has no other one that ends it",
			       quote);
	else if (from == to)
		sea_lexer_fail(lexer, lexer->token.at, "a value must follow the =");
	text = raw_to(lexer, from, to);
	sea_lexer_next(lexer);
	return text;
}
