/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the heads of requests and responses share (RFC 9112 §2, §5): lines, tokens, fields. A head is
 * read in place; what is found points into it.
 */
#ifndef SEA_HTTP_HEAD_H
#define SEA_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of a head, not terminated; at is NULL where there is none. */
struct sea_http_word {
	const char *at;
	size_t len;
};

/* Where the head ends that begins at `at`: behind its empty line; 0 while that is missing. */
size_t sea_http_head_end(const char *at, size_t len);

/* Takes a line off the front of *head, without its end; false when there is none. */
bool sea_http_head_line(struct sea_http_word *head, struct sea_http_word *line);

/* Takes the word before `mark` off the front; false when there is no mark. */
bool sea_http_word_cut(struct sea_http_word *from, char mark, struct sea_http_word *word);

/* "Name: value", with the white space around the value taken away; false when it is no field. */
bool sea_http_field(struct sea_http_word line, struct sea_http_word *name,
		    struct sea_http_word *value);

bool sea_http_is_token(struct sea_http_word word);
/* Compares without regard to case. */
bool sea_http_word_is(struct sea_http_word word, const char *text);
/* Is `text` among the comma-separated words of a value? */
bool sea_http_word_lists(struct sea_http_word value, const char *text);
/* Digits only, no overflow. */
bool sea_http_word_number(struct sea_http_word word, uint64_t *number);

#endif
