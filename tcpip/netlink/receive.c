/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for the stack: one by one to their family, and what is acknowledged of each. */
#include <errno.h>
#include <string.h>

#include "netlink/sock.h"

/* -- what is said of an error -- */

bool sea_nl_has_extack(const struct sea_nl_sock *s, int err, const struct sea_nl_extack *extack)
{
	if (!(s->flags & NL_F_EXT_ACK))
		return false;
	return extack->msg || (err && (extack->bad_at || extack->policy || extack->miss_type ||
				       extack->miss_nest));
}

void sea_nl_put_extack(struct sea_nl_out *out, const struct sea_nl_sock *s, int err,
		       uint32_t msg_len, const struct sea_nl_extack *extack)
{
	if (!sea_nl_has_extack(s, err, extack))
		return;
	if (extack->msg)
		sea_nl_put_text(out, NLMSGERR_ATTR_MSG, extack->msg);
	if (!err)
		return;
	if (extack->bad_at && extack->bad_at < msg_len)
		sea_nl_put_u32(out, NLMSGERR_ATTR_OFFS, extack->bad_at);
	if (extack->policy)
		sea_nl_put_policy(out, NLMSGERR_ATTR_POLICY, extack->policy, -1);
	if (extack->miss_type)
		sea_nl_put_u32(out, NLMSGERR_ATTR_MISS_TYPE, extack->miss_type);
	if (extack->miss_nest)
		sea_nl_put_u32(out, NLMSGERR_ATTR_MISS_NEST, extack->miss_nest);
}

/* -- acknowledgments -- */

/* The message again, behind the error, where there is one and the program did not ask for less. */
static void write_ack(struct sea_nl_out *out, const struct sea_nl_sock *s, const uint8_t *msg,
		      const struct nlmsghdr *h, int err, const struct sea_nl_extack *extack)
{
	bool capped = !err || s->flags & NL_F_CAP_ACK;
	struct nlmsgerr e = { .error = err, .msg = *h };
	uint16_t flags = capped ? NLM_F_CAPPED : 0;
	uint8_t *rest;

	if (sea_nl_has_extack(s, err, extack))
		flags |= NLM_F_ACK_TLVS;
	sea_nl_begin(out, s->port, h->nlmsg_seq, NLMSG_ERROR, flags, NULL,
		     (uint32_t)sizeof(e) + (capped ? 0 : h->nlmsg_len - SEA_NL_MSG_HDR));
	if (!out->overflow) {
		rest = out->bytes + out->msg + SEA_NL_MSG_HDR;
		memcpy(rest, &e, sizeof(e));
		if (!capped)
			memcpy(rest + sizeof(e), msg + SEA_NL_MSG_HDR,
			       h->nlmsg_len - SEA_NL_MSG_HDR);
	}
	sea_nl_put_extack(out, s, err, h->nlmsg_len, extack);
	sea_nl_end(out);
}

static void acknowledge(struct sea_nl_sock *s, const uint8_t *msg, const struct nlmsghdr *h,
			int err, const struct sea_nl_extack *extack)
{
	struct sea_pool *pool = &s->sock.stack->shard.pool;
	uint32_t room =
		SEA_NL_MSG_HDR + (uint32_t)sizeof(struct nlmsgerr) + h->nlmsg_len + NL_EXTACK_ROOM;
	void *bytes = sea_pool_alloc(pool, room);
	struct sea_nl_out out = sea_nl_out_of(bytes, room);

	if (bytes)
		write_ack(&out, s, msg, h, err, extack);
	if (!bytes || sea_nl_enqueue(s, out.bytes, out.len, 0, 0))
		sea_nl_overrun(s);
	sea_pool_free(pool, bytes, room);
}

/* -- messages -- */

/* A handler may change the flags that the acknowledgment shows, as some of Linux's do. */
static int handle(struct sea_nl_sock *s, const uint8_t *msg, struct nlmsghdr *h,
		  struct sea_nl_extack *extack)
{
	int err;
	struct sea_nl_req req = {
		.stack = s->sock.stack,
		.from = s,
		.from_port = s->port,
		.hdr = *h,
		.payload = msg + SEA_NL_MSG_HDR,
		.len = h->nlmsg_len - SEA_NL_MSG_HDR,
		.strict = s->flags & NL_F_STRICT_CHK,
		.extack = extack,
	};

	/* Answers, and the engine's own kinds, are for nobody. */
	if (!(h->nlmsg_flags & NLM_F_REQUEST) || h->nlmsg_type < NLMSG_MIN_TYPE)
		return 0;
	err = s->family->receive(&req);
	h->nlmsg_flags = req.hdr.nlmsg_flags;
	return err;
}

void sea_nl_receive(struct sea_nl_sock *s, const uint8_t *bytes, uint32_t len)
{
	while (len >= SEA_NL_MSG_HDR) {
		struct sea_nl_extack extack = { .begin = bytes };
		struct nlmsghdr h;
		uint32_t whole;
		int err;

		memcpy(&h, bytes, sizeof(h));
		if (h.nlmsg_len < SEA_NL_MSG_HDR || h.nlmsg_len > len)
			return;
		err = handle(s, bytes, &h, &extack);
		if (err != -EINTR && (err || h.nlmsg_flags & NLM_F_ACK))
			acknowledge(s, bytes, &h, err, &extack);
		whole = sea_nl_aligned(h.nlmsg_len) < len ? sea_nl_aligned(h.nlmsg_len) : len;
		bytes += whole;
		len -= whole;
	}
}
