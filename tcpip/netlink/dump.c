/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dumps: a table in pieces, each written when the last ones are read, so that a queue never holds more than
 * half of its buffer, and a program that does not read costs nothing. Between two pieces the table may change;
 * a dump remembers a place in it, not an entry.
 */
#include <errno.h>
#include <string.h>

#include "netlink/sock.h"

#define PIECE_MIN 3776u /* what Linux makes room for: a page, less what it keeps at its end */
#define DONE_ROOM (SEA_NL_MSG_HDR + 4u)

int sea_nl_dump_keep(struct sea_nl_dump *d, const void *bytes, uint32_t len)
{
	SEA_ASSERT(&d->stack->env, !d->kept && len);
	d->kept = sea_pool_alloc(&d->stack->shard.pool, len);
	if (!d->kept)
		return -ENOMEM;
	d->kept_len = len;
	memcpy(d->kept, bytes, len);
	return 0;
}

void sea_nl_dump_end(struct sea_nl_sock *s)
{
	struct sea_nl_dump *d = &s->dump;

	s->flags &= ~(uint32_t)NL_F_DUMPING;
	if (d->kept)
		sea_pool_free(&d->stack->shard.pool, d->kept, d->kept_len);
	d->kept = NULL;
	d->kept_len = 0;
}

static uint32_t piece_of(const struct sea_nl_sock *s)
{
	uint32_t least = s->dump.kind->dump_bytes;

	if (least < PIECE_MIN)
		least = PIECE_MIN;
	return least < s->recv_len_max ? s->recv_len_max : least;
}

static void write_done(struct sea_nl_sock *s, struct sea_nl_out *out,
		       const struct sea_nl_extack *extack)
{
	uint16_t flags = s->dump.msg_flags;
	int32_t result = s->dump_result;

	if (sea_nl_has_extack(s, result, extack))
		flags |= NLM_F_ACK_TLVS;
	sea_nl_begin(out, s->dump.port, s->dump.msg_seq, NLMSG_DONE, flags, &result,
		     sizeof(result));
	sea_nl_put_extack(out, s, result, UINT32_MAX, extack);
	sea_nl_end(out);
}

/* As much as fits; and the end, where it was reached and there is room. */
static void write_piece(struct sea_nl_sock *s, struct sea_nl_out *out, struct sea_nl_extack *extack)
{
	s->dump.extack = extack;
	if (s->dump_result > 0) {
		int result = s->dump.kind->dump(&s->dump, out);

		if (result > 0 && !out->len)
			result = -EMSGSIZE; /* not one message fits */
		if (!result && out->len && s->dump.kind->done_apart)
			result = 1;
		s->dump_result = result;
	}
	s->dump.extack = NULL;
	if (s->dump_result > 0 || out->max - out->len < DONE_ROOM)
		return;
	write_done(s, out, extack);
	sea_nl_dump_end(s);
}

static int go_on(struct sea_nl_sock *s, struct sea_nl_extack *extack)
{
	struct sea_pool *pool = &s->sock.stack->shard.pool;
	uint32_t room = piece_of(s);
	struct sea_nl_out out;
	void *bytes;
	int err;

	if (s->sock.rmem_alloc >= s->sock.rcvbuf)
		return -ENOBUFS;
	bytes = sea_pool_alloc(pool, room);
	if (!bytes)
		return -ENOBUFS;
	out = sea_nl_out_of(bytes, room);
	write_piece(s, &out, extack);
	err = sea_nl_enqueue(s, out.bytes, out.len, 0, 0);
	sea_pool_free(pool, bytes, room);
	if (err)
		sea_nl_overrun(s);
	return err;
}

int sea_nl_dump_go_on(struct sea_nl_sock *s)
{
	struct sea_nl_extack extack = { 0 };

	return go_on(s, &extack);
}

int sea_nl_dump_start(struct sea_nl_req *req, const struct sea_nl_kind *kind)
{
	struct sea_nl_sock *s = req->from;
	int err;

	if (s->flags & NL_F_DUMPING)
		return -EBUSY;
	s->dump = (struct sea_nl_dump){
		.stack = req->stack,
		.kind = kind,
		.port = s->port,
		.msg_seq = req->hdr.nlmsg_seq,
		.msg_flags = NLM_F_MULTI,
	};
	err = kind->start ? kind->start(req, &s->dump) : 0;
	if (err && !kind->judged_late) {
		sea_nl_dump_end(s);
		return err;
	}
	s->flags |= NL_F_DUMPING;
	s->dump_result = err ? err : 1;
	err = go_on(s, req->extack);
	return err ? err : -EINTR;
}
