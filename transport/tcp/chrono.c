/* SPDX-License-Identifier: Apache-2.0 */
/* Measures in whole milliseconds of the clock, as a kernel with HZ=1000 does: sums stay right. */
#include "transport/tcp/chrono.h"

#include "transport/tcp/conn.h"

static uint32_t now_ms(const struct tcp_conn *c)
{
	return (uint32_t)(tcp_now(c).ns / SEA_MSEC);
}

void sea_tcp_chrono_set(struct tcp_conn *c, enum tcp_chrono kind)
{
	struct tcp_flight *fl = c->fl;
	uint32_t now = now_ms(c);

	if (fl->chrono != TCP_CHRONO_NONE)
		c->chrono_ms[fl->chrono - 1] += now - fl->chrono_start_ms;
	fl->chrono = (uint8_t)kind;
	fl->chrono_start_ms = now;
}

void sea_tcp_chrono_stop(struct tcp_conn *c, enum tcp_chrono kind)
{
	if (c->fl->chrono == TCP_CHRONO_NONE)
		return;
	if (sea_seq_eq(c->snd_una, c->snd_nxt) && !tcp_unsent(c))
		sea_tcp_chrono_set(c, TCP_CHRONO_NONE);
	else if (c->fl->chrono == kind && kind != TCP_CHRONO_BUSY)
		sea_tcp_chrono_set(c, TCP_CHRONO_BUSY);
}

uint64_t sea_tcp_chrono_us(const struct tcp_conn *c, enum tcp_chrono kind)
{
	uint32_t ms = c->chrono_ms[kind - 1];

	if (c->fl->chrono == kind)
		ms += now_ms(c) - c->fl->chrono_start_ms;
	return (uint64_t)ms * 1000;
}
