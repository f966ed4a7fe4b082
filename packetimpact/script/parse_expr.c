// SPDX-License-Identifier: Apache-2.0
/* System calls and their arguments. */
#include <string.h>

#include "packetimpact/script/number.h"
#include "packetimpact/script/parser.h"

#define DEPTH_MAX 32

/* Expressions until it is known how many there are. */
struct items {
	struct node {
		struct sea_expr *expr;
		struct node *next;
	} * first, **end;
	size_t n;
};

static struct sea_expr *parse_or(struct sea_lexer *lexer, unsigned depth);

static void items_add(struct sea_lexer *lexer, struct items *items, struct sea_expr *expr)
{
	struct node *node = sea_grammar_new(lexer, sizeof(*node));

	if (!node || !expr)
		return;
	node->expr = expr;
	if (!items->first)
		items->end = &items->first;
	*items->end = node;
	items->end = &node->next;
	items->n++;
}

static void items_close(struct sea_lexer *lexer, const struct items *items,
			struct sea_expr ***array, size_t *n)
{
	size_t i = 0;

	*array = sea_grammar_new(lexer, (items->n + 1) * sizeof(**array));
	if (!*array)
		return;
	for (struct node *node = items->first; node; node = node->next)
		(*array)[i++] = node->expr;
	*n = i;
}

static struct sea_expr *new_expr(struct sea_lexer *lexer, enum sea_expr_kind kind)
{
	struct sea_expr *expr = sea_grammar_new(lexer, sizeof(*expr));

	if (!expr)
		return NULL;
	expr->kind = kind;
	expr->pos = sea_lexer_pos(lexer, lexer->token.at);
	return expr;
}

/* a, b, … up to `end`, which is taken. */
static void parse_items(struct sea_lexer *lexer, char end, struct sea_expr ***array, size_t *n,
			unsigned depth)
{
	struct items items = { 0 };

	if (!sea_grammar_take_punct(lexer, end)) {
		do
			items_add(lexer, &items, parse_or(lexer, depth + 1));
		while (sea_grammar_take_punct(lexer, ','));
		if (!sea_grammar_take_punct(lexer, end))
			sea_lexer_fail(lexer, lexer->token.at, "a , or a %c is expected here", end);
	}
	items_close(lexer, &items, array, n);
}

static char escaped(char c)
{
	static const char from[] = "fnrtv0", to[] = "\f\n\r\t\v";
	const char *found = strchr(from, c);

	return found && c ? to[found - from] : c;
}

/* Resolves the escapes of a string in place; false: \x without two digits. */
static bool unescape(char *s, size_t *len)
{
	size_t out = 0;

	for (size_t i = 0; i < *len; i++) {
		if (s[i] != '\\' || i + 1 >= *len) {
			s[out++] = s[i];
		} else if (s[++i] != 'x') {
			s[out++] = escaped(s[i]);
		} else {
			struct sea_script_text pair = { s + i + 1, 2 };
			uint8_t byte = 0;

			if (i + 2 >= *len || !sea_number_bytes(pair, &byte))
				return false;
			s[out++] = (char)byte;
			i += 2;
		}
	}
	s[out] = '\0';
	*len = out;
	return true;
}

/* Strings side by side are one. */
static void parse_string(struct sea_lexer *lexer, struct sea_expr *expr)
{
	while (lexer->token.kind == SEA_TOKEN_STRING) {
		struct sea_script_text text = lexer->token.text;
		char *joined = sea_grammar_new(lexer, expr->text.len + text.len + 1);

		if (!joined)
			return;
		if (expr->text.len)
			memcpy(joined, expr->text.s, expr->text.len);
		if (text.len)
			memcpy(joined + expr->text.len, text.s, text.len);
		if (!unescape(joined + expr->text.len, &text.len))
			sea_lexer_fail(lexer, lexer->token.at,
				       "a \\x in this string lacks its two hexadecimal digits");
		expr->text = (struct sea_script_text){ joined, expr->text.len + text.len };
		sea_lexer_next(lexer);
	}
	if (lexer->token.kind == SEA_TOKEN_ELLIPSIS) {
		expr->open = true;
		sea_lexer_next(lexer);
	}
}

/* A name; with parentheses a call; with a = behind a field. */
static void parse_name(struct sea_lexer *lexer, struct sea_expr *expr, unsigned depth)
{
	struct items items = { 0 };
	struct sea_expr **args = NULL;
	size_t at = lexer->token.at, n = 0;

	expr->text = lexer->token.text;
	sea_lexer_next(lexer);
	if (sea_grammar_take_punct(lexer, '(')) {
		expr->kind = SEA_EXPR_CALL;
		parse_items(lexer, ')', &args, &n, depth);
	}
	expr->items = args;
	expr->n_items = n;
	if (!sea_grammar_take_punct(lexer, '='))
		return;
	if (n > 1 || (n == 0 && expr->kind == SEA_EXPR_CALL))
		sea_lexer_fail(lexer, at, "a field has one value in its parentheses");
	expr->kind = SEA_EXPR_FIELD;
	items_add(lexer, &items, parse_or(lexer, depth + 1));
	if (n == 1)
		items_add(lexer, &items, args[0]);
	items_close(lexer, &items, &expr->items, &expr->n_items);
}

static void parse_brackets(struct sea_lexer *lexer, struct sea_expr *expr, unsigned depth)
{
	bool list = expr->kind == SEA_EXPR_LIST;

	sea_lexer_next(lexer);
	parse_items(lexer, list ? ']' : '}', &expr->items, &expr->n_items, depth);
}

static struct sea_expr *parse_primary(struct sea_lexer *lexer, unsigned depth)
{
	struct sea_expr *expr = new_expr(lexer, SEA_EXPR_ELLIPSIS);

	if (!expr)
		return NULL;
	if (depth > DEPTH_MAX) {
		sea_lexer_fail(lexer, lexer->token.at, "this is nested more than %d deep",
			       DEPTH_MAX);
	} else if (lexer->token.kind == SEA_TOKEN_ELLIPSIS) {
		sea_lexer_next(lexer);
	} else if (lexer->token.kind == SEA_TOKEN_INTEGER || lexer->token.kind == SEA_TOKEN_HEX) {
		expr->kind = SEA_EXPR_INTEGER;
		expr->hex = lexer->token.kind == SEA_TOKEN_HEX;
		expr->integer = lexer->token.integer;
		sea_lexer_next(lexer);
	} else if (lexer->token.kind == SEA_TOKEN_STRING) {
		expr->kind = SEA_EXPR_STRING;
		parse_string(lexer, expr);
	} else if (lexer->token.kind == SEA_TOKEN_WORD) {
		expr->kind = SEA_EXPR_NAME;
		parse_name(lexer, expr, depth);
	} else if (sea_grammar_is_punct(lexer, '[') || sea_grammar_is_punct(lexer, '{')) {
		expr->kind = sea_grammar_is_punct(lexer, '[') ? SEA_EXPR_LIST : SEA_EXPR_GROUP;
		parse_brackets(lexer, expr, depth);
	} else {
		sea_grammar_unexpected(lexer, "a value");
	}
	return expr;
}

/* The right side of a field takes its |s itself. */
static struct sea_expr *parse_or(struct sea_lexer *lexer, unsigned depth)
{
	struct items items = { 0 };
	struct sea_expr *first = parse_primary(lexer, depth), *all;

	if (!first || !sea_grammar_is_punct(lexer, '|'))
		return first;
	all = new_expr(lexer, SEA_EXPR_OR);
	if (!all)
		return first;
	all->pos = first->pos;
	items_add(lexer, &items, first);
	while (sea_grammar_take_punct(lexer, '|'))
		items_add(lexer, &items, parse_primary(lexer, depth));
	items_close(lexer, &items, &all->items, &all->n_items);
	return all;
}

struct sea_expr *sea_grammar_expr(struct sea_lexer *lexer)
{
	return parse_or(lexer, 0);
}

void sea_grammar_call(struct sea_lexer *lexer, struct sea_script_call *call)
{
	if (lexer->token.kind == SEA_TOKEN_ELLIPSIS) {
		sea_lexer_next(lexer);
		call->blocking = true;
		call->end_ns = sea_grammar_seconds(lexer);
	}
	if (lexer->token.kind != SEA_TOKEN_WORD) {
		sea_grammar_unexpected(lexer, "the name of a system call");
		return;
	}
	call->name = lexer->token.text;
	sea_lexer_next(lexer);
	if (!sea_grammar_expect(lexer, '(', "behind the name of a system call"))
		return;
	parse_items(lexer, ')', &call->args, &call->n_args, 0);
	if (!sea_grammar_expect(lexer, '=', "and what the call returns"))
		return;
	call->result = sea_grammar_expr(lexer);
	if (lexer->token.kind == SEA_TOKEN_WORD) {
		call->error = lexer->token.text;
		sea_lexer_next(lexer);
	}
	if (sea_grammar_is_punct(lexer, '('))
		call->note = sea_lexer_remark(lexer);
}

const struct sea_expr *sea_expr_field(const struct sea_expr *group, const char *name)
{
	if (group->kind != SEA_EXPR_GROUP)
		return NULL;
	for (size_t i = 0; i < group->n_items; i++)
		if (group->items[i]->kind == SEA_EXPR_FIELD &&
		    !strcmp(group->items[i]->text.s, name))
			return group->items[i];
	return NULL;
}
