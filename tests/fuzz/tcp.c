/* SPDX-License-Identifier: Apache-2.0 */
/* What a segment's options say is written again, and then says the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * What came unpadded may be too much once it is padded: blocks and a cookie are left out then; but who writes Accurate
 * ECN's option, whose padding they share, sees to it that there is room for a block.
 */
static bool has_room(const struct sea_tcp_opts *o)
{
	struct sea_tcp_opts least = *o;
	size_t len;

	least.n_sack = 0;
	least.has_cookie = false;
	len = sea_tcp_opts_len(&least);
	if (o->accecn && o->n_sack)
		return len + 12 <= 40 && !o->has_cookie;
	return len <= 40;
}

static void check_again(const struct sea_tcp_opts *o)
{
	uint8_t hdr[SEA_TCP_HDR_MAX] = { 0 };
	size_t len = sea_tcp_opts_put(hdr + sizeof(struct sea_tcp_hdr), o);
	struct sea_tcp_opts want = *o;
	struct sea_tcp_seg again = { 0 }; /* what is beyond the blocks that came is left alone */

	for (unsigned i = o->n_accecn; i < SEA_TCP_ACCECN_MAX; i++)
		want.accecn_bytes[i] = 0; /* of an option before that one */
	if (len != sea_tcp_opts_len(o) || len > 40 || len % 4)
		abort();
	sea_tcp_parse(hdr, (uint8_t)(sizeof(struct sea_tcp_hdr) + len), 0, &again);
	if (again.opts.n_sack > want.n_sack)
		abort();
	for (uint8_t i = again.opts.n_sack; i < SEA_TCP_SACK_MAX; i++)
		want.sack[i] = (struct sea_sack_block){ 0 };
	want.n_sack = again.opts.n_sack;
	if (!again.opts.has_cookie) { /* there was no room for it beside the others */
		want.has_cookie = false;
		want.cookie = (struct sea_tcp_cookie){ 0 };
	}
	if (want.sig) /* it is written first, RFC 2385's behind two NOPs, and rightly */
		want.sig = sizeof(struct sea_tcp_hdr) + (want.ao ? 2 : 4);
	if (memcmp(&again.opts, &want, sizeof(want)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sea_tcp_hdr *h = (const struct sea_tcp_hdr *)data;
	struct sea_tcp_seg seg = { 0 };
	uint8_t hdr_len;

	if (size < sizeof(*h))
		return 0;
	hdr_len = sea_tcp_hdr_len(h);
	if (hdr_len == 0 || hdr_len > size)
		return 0;
	sea_tcp_parse(data, hdr_len, (uint32_t)(size - hdr_len), &seg);
	if (seg.opts.n_sack > SEA_TCP_SACK_MAX || seg.opts.wscale > SEA_TCP_WSCALE_MAX)
		abort();
	if (has_room(&seg.opts))
		check_again(&seg.opts);
	return 0;
}
