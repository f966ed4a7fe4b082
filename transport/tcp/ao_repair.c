/* SPDX-License-Identifier: Apache-2.0 */
/* TCP_AO_REPAIR: the numbers that a connection's signatures go by, told and set while it is in repair (repair.h). */
#include "transport/tcp/ao.h"

#include <errno.h>
#include <string.h>

#include "core/minmax.h"
#include "transport/tcp/repair.h"

/* 0 or -errno: why there are no numbers. */
static int check(const struct tcp_conn *c)
{
	if (!tcp_in_repair(c))
		return -EPERM;
	return c->side->ao ? 0 : -ENOENT;
}

static uint64_t whole(uint32_t sne, sea_seq seq)
{
	return (uint64_t)sne << 32 | seq.v;
}

int sea_tcp_ao_repair(struct tcp_conn *c, const void *val, socklen_t len)
{
	struct tcp_ao_repair in;
	struct tcp_ao *ao = c->side->ao;
	int err;

	if (len < sizeof(int))
		return -EINVAL;
	if (c->state == TCP_S_LISTEN)
		return -EPERM;
	if (!sea_tcp_has_ao)
		return -ENOPROTOOPT;
	err = sea_tcp_ao_read(&in, sizeof(in), val, len);
	if (!err)
		err = check(c);
	if (err)
		return err;
	sea_tcp_ao_renumber(ao, sea_be32_get(in.snt_isn), sea_be32_get(in.rcv_isn));
	ao->snd = whole(in.snd_sne, c->snd_una);
	ao->rcv = whole(in.rcv_sne, c->rcv_nxt);
	return 0;
}

/* As Linux it does not say how much it told. */
int sea_tcp_ao_numbers(const struct tcp_conn *c, void *val, socklen_t len)
{
	const struct tcp_ao *ao = c->side->ao;
	struct tcp_ao_repair out;
	int err;

	if (c->state == TCP_S_LISTEN)
		return -EPERM;
	if (!sea_tcp_has_ao)
		return -ENOPROTOOPT;
	err = len ? check(c) : -EINVAL;
	if (err)
		return err;
	out.snt_isn = sea_be32_of(ao->lisn);
	out.rcv_isn = sea_be32_of(ao->risn);
	out.snd_sne = (uint32_t)(tcp_ao_extend(ao->snd, c->snd_una.v) >> 32);
	out.rcv_sne = (uint32_t)(tcp_ao_extend(ao->rcv, c->rcv_nxt.v) >> 32);
	memcpy(val, &out, sea_min_u32(len, sizeof(out)));
	return 0;
}
