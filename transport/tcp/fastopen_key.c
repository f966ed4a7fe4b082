/* SPDX-License-Identifier: Apache-2.0 */
/* Fast open's keys, and cookies: SipHash-2-4 of the two addresses, as Linux makes them. */
#include "transport/tcp/fastopen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/siphash.h"
#include "transport/tcp/rx.h"

#define COOKIE_LEN 8
#define WORDS 4

/* -- text -- */

static void put_le32(uint8_t *to, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get_le32(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

int sea_tcp_fastopen_print_keys(const void *field, char *text, size_t len)
{
	const struct tcp_fastopen_keys *keys = field;
	char all[80] = "";
	int n = 0;

	/* Without any it shows one of zeros, as on Linux. */
	for (unsigned i = 0; i < (keys->n ? keys->n : 1u); i++)
		for (unsigned w = 0; w < WORDS; w++)
			n += snprintf(all + n, sizeof(all) - (size_t)n, "%s%08x",
				      w   ? "-"
				      : i ? ","
					  : "",
				      get_le32(keys->b[i] + 4 * w));
	return snprintf(text, len, "%s", all);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As scanf's %x: spaces may stand in front of it, what does not fit is lost at its front. */
static bool parse_word(const char **text, uint32_t *word)
{
	const char *at = *text;

	while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
		at++;
	*text = at;
	for (*word = 0; digit(*at) >= 0; at++)
		*word = *word << 4 | (uint32_t)digit(*at);
	if (at == *text)
		return false;
	*text = at;
	return true;
}

static bool parse_key(const char **text, uint8_t key[TCP_FASTOPEN_KEY_LEN])
{
	for (unsigned w = 0; w < WORDS; w++) {
		uint32_t word;

		if (w && *(*text)++ != '-')
			return false;
		if (!parse_word(text, &word))
			return false;
		put_le32(key + 4 * w, word);
	}
	return true;
}

/* What stands behind is not looked at, as on Linux. */
int sea_tcp_fastopen_parse_keys(void *field, const char *text)
{
	struct tcp_fastopen_keys keys = { .n = 1 };

	if (!parse_key(&text, keys.b[0]))
		return -EINVAL;
	if (*text == ',') {
		text++;
		if (!parse_key(&text, keys.b[1]))
			return -EINVAL;
		keys.n = 2;
	}
	*(struct tcp_fastopen_keys *)field = keys;
	return 0;
}

void sea_tcp_fastopen_init_keys(struct sea_stack *stack)
{
	struct tcp_fastopen_keys *keys = &sea_tcp_of(stack)->fastopen_keys;

	if (keys->n)
		return;
	keys->n = 1;
	for (unsigned w = 0; w < WORDS; w++)
		put_le32(keys->b[0] + 4 * w, (uint32_t)sea_secret_u64(&stack->shard.secret));
}

/* -- cookies -- */

static struct sea_tcp_cookie make(const struct tcp_rx *rx, const uint8_t key[TCP_FASTOPEN_KEY_LEN])
{
	size_t len = rx->ip->family == SEA_AF_INET ? 4 : 16;
	struct sea_siphash_key k = { get_le32(key) | (uint64_t)get_le32(key + 4) << 32,
				     get_le32(key + 8) | (uint64_t)get_le32(key + 12) << 32 };
	struct sea_tcp_cookie cookie = { .len = COOKIE_LEN };
	uint8_t ends[32];
	uint64_t hash;

	memcpy(ends, rx->ip->src.b, len);
	memcpy(ends + len, rx->ip->dst.b, len);
	hash = sea_siphash24(&k, ends, 2 * len);
	put_le32(cookie.b, (uint32_t)hash);
	put_le32(cookie.b + 4, (uint32_t)(hash >> 32));
	return cookie;
}

int sea_tcp_fastopen_check(const struct tcp_conn *listener, const struct tcp_rx *rx,
			   struct sea_tcp_cookie *fresh)
{
	const struct tcp_fastopen_keys *keys = &listener->side->fo.keys;
	const struct sea_tcp_cookie *cookie = &rx->seg.opts.cookie;

	if (!keys->n)
		keys = &sea_tcp_st(listener)->fastopen_keys;
	for (unsigned i = 0; i < keys->n; i++) {
		struct sea_tcp_cookie own = make(rx, keys->b[i]);

		if (!i)
			*fresh = own;
		if (cookie->len == own.len && !memcmp(cookie->b, own.b, own.len))
			return (int)i + 1;
	}
	return 0;
}
