// SPDX-License-Identifier: Apache-2.0
/* Expressions as numbers. */
#include <arpa/inet.h>
#include <string.h>

#include "packetimpact/run/state.h"
#include "packetimpact/script/symbol.h"

static bool eval_call(struct sea_run *run, const struct sea_expr *expr, int64_t *value)
{
	const struct sea_expr *arg = expr->n_items == 1 ? expr->items[0] : NULL;
	struct in_addr addr;

	if (arg && !strcmp(expr->text.s, "htons") && sea_run_int(run, arg, value)) {
		*value = htons((uint16_t)*value);
		return true;
	}
	if (arg && !strcmp(expr->text.s, "htonl") && sea_run_int(run, arg, value)) {
		*value = htonl((uint32_t)*value);
		return true;
	}
	if (arg && !strcmp(expr->text.s, "inet_addr") && arg->kind == SEA_EXPR_STRING &&
	    inet_pton(AF_INET, arg->text.s, &addr) == 1) {
		*value = addr.s_addr;
		return true;
	}
	return sea_run_fail(run, expr->pos, "%s() is not known, or not with such arguments",
			    expr->text.s);
}

static bool eval_or(struct sea_run *run, const struct sea_expr *expr, int64_t *value)
{
	int64_t one;

	*value = 0;
	for (size_t i = 0; i < expr->n_items; i++) {
		if (!sea_run_int(run, expr->items[i], &one))
			return false;
		*value |= one;
	}
	return true;
}

bool sea_run_is_null(const struct sea_expr *expr)
{
	return (expr->kind == SEA_EXPR_INTEGER && expr->integer == 0) ||
	       (expr->kind == SEA_EXPR_NAME && !strcmp(expr->text.s, "NULL"));
}

bool sea_run_int(struct sea_run *run, const struct sea_expr *expr, int64_t *value)
{
	switch (expr->kind) {
	case SEA_EXPR_INTEGER:
		*value = expr->integer;
		return true;
	case SEA_EXPR_NAME:
		*value = 0;
		if (sea_symbol_find(expr->text.s, value) || sea_run_is_null(expr))
			return true;
		return sea_run_fail(run, expr->pos, "there is no constant %s", expr->text.s);
	case SEA_EXPR_OR:
		return eval_or(run, expr, value);
	case SEA_EXPR_CALL:
		return eval_call(run, expr, value);
	default:
		return sea_run_fail(run, expr->pos, "a number is expected here");
	}
}
