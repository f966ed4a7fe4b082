/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a script. One token is held; the parser looks at it and asks for the next. Some places are read
 * raw instead, because what stands there would be other tokens elsewhere: flags ("S.5"), addresses
 * ("1:1001" is none), values of settings, remarks in parentheses.
 */
#ifndef SEA_PACKETIMPACT_SCRIPT_LEXER_H
#define SEA_PACKETIMPACT_SCRIPT_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packetimpact/script/arena.h"
#include "packetimpact/script/script.h"

enum sea_token_kind {
	SEA_TOKEN_END,
	SEA_TOKEN_INTEGER,  /* integer; text: as written */
	SEA_TOKEN_HEX,      /* the same, 0x… */
	SEA_TOKEN_FLOAT,    /* text */
	SEA_TOKEN_WORD,     /* text */
	SEA_TOKEN_STRING,   /* text without the quotes, escapes as written */
	SEA_TOKEN_SHELL,    /* `…`: text without the quotes */
	SEA_TOKEN_CODE,     /* %{ … }%: text inside, trimmed */
	SEA_TOKEN_SETTING,  /* --name: text without the dashes */
	SEA_TOKEN_ELLIPSIS, /* ... */
	SEA_TOKEN_PUNCT,    /* punct */
};

struct sea_token {
	enum sea_token_kind kind;
	size_t at; /* where it begins in the source */
	struct sea_script_text text;
	int64_t integer;
	char punct;
};

/* A define in effect. */
struct sea_lexer_define {
	struct sea_script_text name, value;
	struct sea_lexer_define *next;
};

struct sea_lexer {
	const char *path;
	const char *s;
	size_t len;
	size_t at; /* behind the token */
	struct sea_token token;
	struct sea_arena *arena;
	struct sea_lexer_define *defines;
	struct sea_script_error *error;
	struct sea_script_pos pos; /* of pos_at: the last one asked for */
	size_t pos_at;
	int rc; /* the first error; every token is END from then on */
};

/* Reads the next token into lexer->token. */
void sea_lexer_next(struct sea_lexer *lexer);

/* From the held token on: bytes for which `in` is true; then the next token. Empty: there are none. */
struct sea_script_text sea_lexer_raw(struct sea_lexer *lexer, bool (*in)(char));
/* From the held '(' on: what stands up to the ')' of the same line, which is taken, too. */
struct sea_script_text sea_lexer_remark(struct sea_lexer *lexer);
/* From the held '=' on: the value of a setting, up to a blank that is not in quotes. */
struct sea_script_text sea_lexer_value(struct sea_lexer *lexer);

struct sea_script_pos sea_lexer_pos(struct sea_lexer *lexer, size_t at);

/* Fills in the error, where it is the first; `at` is its place in the source. */
void sea_lexer_fail(struct sea_lexer *lexer, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void sea_lexer_fail_memory(struct sea_lexer *lexer);

/* A copy in the arena; s is NULL where there was no memory. */
struct sea_script_text sea_lexer_copy(struct sea_lexer *lexer, const char *s, size_t len);

#endif
