/* SPDX-License-Identifier: Apache-2.0 */
#include "netlink/build.h"

#include <string.h>

#include <linux/netlink.h>

/* Room for `len` bytes, padded to 4 and zeroed; NULL: there is none, and the message overflows. */
static uint8_t *extend(struct sea_nl_out *out, uint32_t len)
{
	uint32_t padded = sea_nl_aligned(len);
	uint8_t *at;

	if (out->overflow || padded < len || padded > out->max - out->len) {
		out->overflow = true;
		return NULL;
	}
	at = out->bytes + out->len;
	memset(at, 0, padded);
	out->len += padded;
	return at;
}

void sea_nl_begin(struct sea_nl_out *out, uint32_t port, uint32_t seq, uint16_t type,
		  uint16_t flags, const void *hdr, uint32_t hdr_len)
{
	const struct nlmsghdr h = {
		.nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = seq, .nlmsg_pid = port
	};
	uint8_t *at;

	out->msg = out->len;
	out->overflow = false;
	at = extend(out, SEA_NL_MSG_HDR + hdr_len);
	if (!at)
		return;
	memcpy(at, &h, sizeof(h));
	if (hdr && hdr_len)
		memcpy(at + SEA_NL_MSG_HDR, hdr, hdr_len);
}

bool sea_nl_end(struct sea_nl_out *out)
{
	uint32_t len = out->len - out->msg;

	if (out->overflow) {
		sea_nl_cancel(out);
		return false;
	}
	memcpy(out->bytes + out->msg + offsetof(struct nlmsghdr, nlmsg_len), &len, sizeof(len));
	return true;
}

void sea_nl_cancel(struct sea_nl_out *out)
{
	out->len = out->msg;
	out->overflow = false;
}

/* -- attributes -- */

static void set_attr_len(struct sea_nl_out *out, uint32_t at, uint32_t len)
{
	uint16_t short_len = (uint16_t)len;

	if (len > UINT16_MAX)
		out->overflow = true;
	else
		memcpy(out->bytes + at + offsetof(struct nlattr, nla_len), &short_len,
		       sizeof(short_len));
}

void *sea_nl_reserve(struct sea_nl_out *out, uint16_t type, uint32_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(SEA_NL_ATTR_HDR + len), .nla_type = type };
	uint8_t *at = len > UINT16_MAX - SEA_NL_ATTR_HDR ? NULL
							 : extend(out, SEA_NL_ATTR_HDR + len);

	if (!at) {
		out->overflow = true;
		return NULL;
	}
	memcpy(at, &a, sizeof(a));
	return at + SEA_NL_ATTR_HDR;
}

void sea_nl_put(struct sea_nl_out *out, uint16_t type, const void *value, uint32_t len)
{
	void *at = sea_nl_reserve(out, type, len);

	if (at && len)
		memcpy(at, value, len);
}

void sea_nl_put_u8(struct sea_nl_out *out, uint16_t type, uint8_t v)
{
	sea_nl_put(out, type, &v, sizeof(v));
}

void sea_nl_put_u16(struct sea_nl_out *out, uint16_t type, uint16_t v)
{
	sea_nl_put(out, type, &v, sizeof(v));
}

void sea_nl_put_u32(struct sea_nl_out *out, uint16_t type, uint32_t v)
{
	sea_nl_put(out, type, &v, sizeof(v));
}

void sea_nl_put_u64(struct sea_nl_out *out, uint16_t type, uint64_t v)
{
	sea_nl_put(out, type, &v, sizeof(v));
}

void sea_nl_put_text(struct sea_nl_out *out, uint16_t type, const char *text)
{
	sea_nl_put(out, type, text, (uint32_t)strlen(text) + 1);
}

uint32_t sea_nl_nest(struct sea_nl_out *out, uint16_t type)
{
	uint32_t at = out->len;

	sea_nl_put(out, type, NULL, 0);
	return at;
}

void sea_nl_nest_end(struct sea_nl_out *out, uint32_t nest)
{
	if (!out->overflow)
		set_attr_len(out, nest, out->len - nest);
}

void sea_nl_nest_cancel(struct sea_nl_out *out, uint32_t nest)
{
	if (!out->overflow)
		out->len = nest;
}
