/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing messages: a header, the family's own header, attributes, nests of attributes, one message
 * behind the other. What does not fit makes the message overflow: writing goes on without effect, and
 * its end says so and takes it back whole. Lengths are the writer's; receivers see none that is wrong.
 */
#ifndef SEA_NETLINK_BUILD_H
#define SEA_NETLINK_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* <linux/netlink.h>'s are signed. */
#define SEA_NL_MSG_HDR 16u
#define SEA_NL_ATTR_HDR 4u

static inline uint32_t sea_nl_aligned(uint32_t len)
{
	return (len + 3) & ~3u;
}

struct sea_nl_out {
	uint8_t *bytes;    /* the caller's, aligned to 4 bytes */
	uint32_t len, max; /* bytes written, room */
	uint32_t msg;      /* where the message begins that is being written */
	bool overflow;
};

static inline struct sea_nl_out sea_nl_out_of(void *bytes, uint32_t max)
{
	return (struct sea_nl_out){ .bytes = bytes, .max = max };
}

/* Begins a message with `hdr_len` bytes of the family's header, from `hdr` (NULL: zeros). */
void sea_nl_begin(struct sea_nl_out *out, uint32_t port, uint32_t seq, uint16_t type,
		  uint16_t flags, const void *hdr, uint32_t hdr_len);
/* False: it did not fit, and is taken back. */
bool sea_nl_end(struct sea_nl_out *out);
/* Takes back the message that is being written. */
void sea_nl_cancel(struct sea_nl_out *out);

void sea_nl_put(struct sea_nl_out *out, uint16_t type, const void *value, uint32_t len);
void sea_nl_put_u8(struct sea_nl_out *out, uint16_t type, uint8_t v);
void sea_nl_put_u16(struct sea_nl_out *out, uint16_t type, uint16_t v); /* the machine's order */
void sea_nl_put_u32(struct sea_nl_out *out, uint16_t type, uint32_t v);
/* Aligned to 4 bytes, as on Linux on machines that read what is not aligned. */
void sea_nl_put_u64(struct sea_nl_out *out, uint16_t type, uint64_t v);
void sea_nl_put_text(struct sea_nl_out *out, uint16_t type, const char *text);
/* `len` bytes behind the header of an attribute, for the caller to write; NULL: no room. Zeroed. */
void *sea_nl_reserve(struct sea_nl_out *out, uint16_t type, uint32_t len);

/* Attributes until sea_nl_nest_end() are inside. What comes back is for that, or _cancel(). */
uint32_t sea_nl_nest(struct sea_nl_out *out, uint16_t type);
void sea_nl_nest_end(struct sea_nl_out *out, uint32_t nest);
void sea_nl_nest_cancel(struct sea_nl_out *out, uint32_t nest);

/* The room that an attribute of `len` bytes takes. */
static inline uint32_t sea_nl_attr_room(uint32_t len)
{
	return sea_nl_aligned(SEA_NL_ATTR_HDR + len);
}

#endif
