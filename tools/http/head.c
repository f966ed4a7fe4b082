/* SPDX-License-Identifier: Apache-2.0 */
/* A line ends with LF; a CR before it belongs to the end (RFC 9112 §2.2). */
#include <string.h>
#include <strings.h>

#include "tools/http/head.h"

size_t sea_http_head_end(const char *at, size_t len)
{
	const char *from = at, *end = at + len, *lf;

	while ((lf = memchr(from, '\n', (size_t)(end - from)))) {
		from = lf + 1;
		if (from < end && *from == '\n')
			return (size_t)(from + 1 - at);
		if (end - from >= 2 && from[0] == '\r' && from[1] == '\n')
			return (size_t)(from + 2 - at);
	}
	return 0;
}

bool sea_http_word_cut(struct sea_http_word *from, char mark, struct sea_http_word *word)
{
	const char *end = from->len ? memchr(from->at, mark, from->len) : NULL;

	if (!end)
		return false;
	*word = (struct sea_http_word){ from->at, (size_t)(end - from->at) };
	from->len -= word->len + 1;
	from->at = end + 1;
	return true;
}

bool sea_http_head_line(struct sea_http_word *head, struct sea_http_word *line)
{
	if (!sea_http_word_cut(head, '\n', line))
		return false;
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool is_tchar(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool sea_http_is_token(struct sea_http_word word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (!is_tchar(word.at[i]))
			return false;
	}
	return word.len > 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct sea_http_word trimmed(struct sea_http_word word)
{
	while (word.len && is_blank(word.at[0])) {
		word.at++;
		word.len--;
	}
	while (word.len && is_blank(word.at[word.len - 1]))
		word.len--;
	return word;
}

static bool is_value(struct sea_http_word word)
{
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

bool sea_http_field(struct sea_http_word line, struct sea_http_word *name,
		    struct sea_http_word *value)
{
	if (!sea_http_word_cut(&line, ':', name) || !sea_http_is_token(*name))
		return false;
	*value = trimmed(line);
	return is_value(*value);
}

bool sea_http_word_is(struct sea_http_word word, const char *text)
{
	return word.len == strlen(text) && !strncasecmp(word.at, text, word.len);
}

bool sea_http_word_lists(struct sea_http_word value, const char *text)
{
	struct sea_http_word word;

	while (sea_http_word_cut(&value, ',', &word)) {
		if (sea_http_word_is(trimmed(word), text))
			return true;
	}
	return sea_http_word_is(trimmed(value), text);
}

bool sea_http_word_number(struct sea_http_word word, uint64_t *number)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];

		if (c < '0' || c > '9' || __builtin_mul_overflow(sum, 10u, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(c - '0'), &sum))
			return false;
	}
	*number = sum;
	return word.len > 0;
}
