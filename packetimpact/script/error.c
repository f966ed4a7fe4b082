// SPDX-License-Identifier: Apache-2.0
/* What is wrong, and where. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "packetimpact/script/lexer.h"

struct sea_script_pos sea_lexer_pos(struct sea_lexer *lexer, size_t at)
{
	if (at < lexer->pos_at || !lexer->pos.line) {
		lexer->pos = (struct sea_script_pos){ 1, 1 };
		lexer->pos_at = 0;
	}
	for (; lexer->pos_at < at && lexer->pos_at < lexer->len; lexer->pos_at++) {
		lexer->pos.column++;
		if (lexer->s[lexer->pos_at] == '\n')
			lexer->pos = (struct sea_script_pos){ lexer->pos.line + 1, 1 };
	}
	return lexer->pos;
}

/* The line of the place, or what fits of it; control characters become blanks, so that it stays a line. */
static void copy_line(struct sea_script_error *error, const char *s, size_t len, size_t at)
{
	size_t from = at, to = at, room = sizeof(error->line) - 1;

	while (from > 0 && s[from - 1] != '\n')
		from--;
	while (to < len && s[to] != '\n')
		to++;
	if (at - from > room / 2 && to - from > room)
		from = at - room / 2;
	if (to - from > room)
		to = from + room;
	for (size_t i = from; i < to; i++)
		error->line[i - from] =
			(char)((unsigned char)s[i] < ' ' || s[i] == 0x7f ? ' ' : s[i]);
	error->line[to - from] = '\0';
	error->caret = (unsigned)(at - from);
}

void sea_lexer_fail(struct sea_lexer *lexer, size_t at, const char *format, ...)
{
	struct sea_script_error *error = lexer->error;
	va_list args;

	if (lexer->rc)
		return;
	lexer->rc = -EINVAL;
	lexer->token.kind = SEA_TOKEN_END;
	error->pos = sea_lexer_pos(lexer, at);
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	copy_line(error, lexer->s, lexer->len, at < lexer->len ? at : lexer->len);
}

void sea_lexer_fail_memory(struct sea_lexer *lexer)
{
	if (lexer->rc)
		return;
	lexer->rc = -ENOMEM;
	lexer->token.kind = SEA_TOKEN_END;
	lexer->error->pos = (struct sea_script_pos){ 0, 0 };
	snprintf(lexer->error->message, sizeof(lexer->error->message), "out of memory");
}

void sea_script_error_print(const struct sea_script_error *error, FILE *out)
{
	if (!error->pos.line) {
		fprintf(out, "%s: %s\n", error->path, error->message);
		return;
	}
	fprintf(out, "%s:%u:%u: %s\n  %s\n  %*s^\n", error->path, error->pos.line,
		error->pos.column, error->message, error->line, (int)error->caret, "");
}
