/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer that plays dice: segments with numbers near those in use, any flags, any options, between
 * calls of the program, while time passes and memory is short. Nothing may crash, no queue or ledger
 * may be wrong in between, and no memory may be left.
 */
#include "tests/lib/tcp_script.h"

#include <stdio.h>

#include "core/siphash.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/reasm.h"

#define ROUNDS 60
#define STEPS 60

struct dice {
	struct tcp_script s;
	uint64_t seed, n;
};

static uint32_t roll(struct dice *d, uint32_t below)
{
	static const struct sea_siphash_key key = { 1, 2 };

	return (uint32_t)(sea_siphash13_2u64(&key, d->seed, d->n++) % below);
}

/* -- what must be right at any time -- */

static int32_t charged(const struct tcp_conn *c)
{
	uint32_t sum = c->fl->reasm.charged;

	for (const struct sea_pkt *pkt = c->rcvq.pkts.head; pkt; pkt = pkt->next)
		sum += pkt->charged;
	return (int32_t)sum;
}

/* Every packet kept holds at most twice its payload and a little. */
static void check_held(const struct tcp_conn *c)
{
	for (const struct sea_pkt *pkt = c->rcvq.pkts.head; pkt; pkt = pkt->next)
		assert_true(sea_pkt_held(pkt) <= sea_pkt_held_max(pkt->len) + 512);
}

static void check(struct dice *d)
{
	struct sea_sock *sock = sea_sock_get(d->s.t.stack, d->s.sock);
	struct tcp_conn *c;

	if (!sock)
		return;
	c = sea_tcp_conn(sock);
	assert_true(sea_tcp_txq_check(&c->fl->txq));
	assert_true(sea_tcp_reasm_check(&c->fl->reasm));
	assert_int_equal(sock->rmem_alloc, charged(c));
	assert_true(sock->wmem_alloc >= 0);
	assert_true(sea_seq_le(c->snd_una, c->snd_nxt));
	assert_true(sea_seq_le(c->rcvq.copied_seq, c->rcv_nxt));
	assert_true(c->cc.cwnd > 0 && c->mss_cache >= 28);
	check_held(c);
}

/* -- what the peer does -- */

/* Near what we have received, or anywhere. */
static uint32_t a_seq(struct dice *d)
{
	struct sea_sock *sock = sea_sock_get(d->s.t.stack, d->s.sock);
	uint32_t next = sock ? sea_tcp_conn(sock)->rcv_nxt.v - SCRIPT_PEER_ISN : 1;

	switch (roll(d, 6)) {
	case 0:
		return next - roll(d, 3000);
	case 1:
		return next + roll(d, 5000);
	case 2:
		return next + roll(d, 70000);
	case 3:
		return roll(d, UINT32_MAX);
	default:
		return next;
	}
}

static uint32_t an_ack(struct dice *d)
{
	struct sea_sock *sock = sea_sock_get(d->s.t.stack, d->s.sock);
	struct tcp_conn *c = sock ? sea_tcp_conn(sock) : NULL;
	uint32_t una = c ? c->snd_una.v - d->s.iss : 1, nxt = c ? c->snd_nxt.v - d->s.iss : 1;

	switch (roll(d, 6)) {
	case 0:
		return una;
	case 1:
		return una - roll(d, 3000);
	case 2:
		return nxt + roll(d, 3);
	case 3:
		return roll(d, UINT32_MAX);
	default:
		return una + roll(d, nxt - una + 1);
	}
}

static const char *some_flags(struct dice *d)
{
	static const char *const often[] = {
		"A", "PA", "A", "PA", "FA", "AU", "R", "RA", "S", "SA"
	};
	static char any[8];
	unsigned n = 0;

	if (roll(d, 8))
		return often[roll(d, roll(d, 4) ? 4 : 10)];
	for (unsigned f = 0; f < 6; f++)
		if (roll(d, 2))
			any[n++] = "FSRPAU"[f];
	any[n] = 0;
	return any;
}

static const char *some_opts(struct dice *d, char text[200])
{
	uint32_t at = an_ack(d), n = 0;

	text[0] = 0;
	if (!roll(d, 3))
		n = (uint32_t)snprintf(text, 200, "ts %u %u",
				       roll(d, 2) ? 5000 + roll(d, 20000) : roll(d, UINT32_MAX),
				       roll(d, 2) ? d->s.ts_ecr : roll(d, UINT32_MAX));
	for (unsigned i = roll(d, 3) ? 0 : roll(d, 4); i && n < 150; i--) {
		n += (uint32_t)snprintf(text + n, 200 - n, "%ssack %u %u", n ? ", " : "", at,
					at + roll(d, 4000) - 100);
		at = roll(d, 2) ? at + roll(d, 6000) : an_ack(d);
	}
	if (!roll(d, 20))
		snprintf(text, 200, "mss %u, wscale %u", roll(d, 65536), roll(d, 256));
	return text;
}

static void hostile_segment(struct dice *d)
{
	static const uint32_t lens[] = { 0, 0, 1, 10, 536, 1400 };
	char opts[200];

	SEND(&d->s, some_flags(d), a_seq(d), an_ack(d), lens[roll(d, 6)],
	     .opts = some_opts(d, opts), .urg = (uint16_t)(roll(d, 4) ? 0 : roll(d, 65536)),
	     .wnd = roll(d, 3) ? 0 : roll(d, 65536));
}

/* -- what the program does -- */

static void some_call(struct dice *d)
{
	struct tcp_script *s = &d->s;

	switch (roll(d, 12)) {
	case 0:
	case 1:
	case 2:
		(void)script_write(s, 1 + roll(d, 8000));
		break;
	case 3:
	case 4:
		(void)script_read(s, 1 + roll(d, 4000));
		break;
	case 5:
		if (!roll(d, 8))
			(void)script_shutdown(s, (int)roll(d, 3));
		break;
	case 6:
		(void)script_set(s, s->sock, IPPROTO_TCP, TCP_NODELAY, (int)roll(d, 2));
		break;
	case 7:
		(void)script_set(s, s->sock, SOL_SOCKET, SO_RCVBUF, (int)roll(d, 20000));
		break;
	default:
		break;
	}
}

static void some_time(struct dice *d)
{
	static const int64_t spans[] = { 1, 10, 50, 250, 1500, 70000 };

	test_advance(&d->s.t, spans[roll(d, roll(d, 4) ? 4 : 6)] * SEA_MSEC);
}

static void step(struct dice *d)
{
	hostile_segment(d);
	some_call(d);
	if (!roll(d, 3))
		some_time(d);
	check(d);
}

/* -- rounds -- */

static void listening(struct tcp_script *s)
{
	script_listen(s, 2);
}

static void simultaneous(struct tcp_script *s)
{
	script_syn_sent(s);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok, ts 5000 0, wscale 7");
	EXPECT(s, "SA", 0, 1, 0);
}

static void with_options(struct tcp_script *s)
{
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok, ts 5000 0, wscale 7");
	EXPECT(s, "SA", 0, 1, 0);
	s->ts = true;
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	s->ts = false;
}

static void with_sack(struct tcp_script *s)
{
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 100, sack-ok");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
}

static void with_orphan(struct tcp_script *s)
{
	script_fin_wait_1(s);
	assert_int_equal(script_close(s), 0);
}

static void (*const begins[])(struct tcp_script *) = {
	listening,      script_syn_sent,   simultaneous,      script_established, with_options,
	with_sack,      script_fin_wait_1, script_fin_wait_2, script_close_wait,  script_last_ack,
	script_closing, script_time_wait,  with_orphan,
};

/* A sysctl that is set before the connection begins. */
struct setting {
	const char *name, *value;
};

static void play(uint64_t seed, bool short_of_memory, const struct setting *settings)
{
	static struct dice d;

	d = (struct dice){ .seed = seed };
	script_new(&d.s);
	for (; settings && settings->name; settings++)
		script_sysctl(&d.s, settings->name, settings->value);
	begins[seed % (sizeof(begins) / sizeof(*begins))](&d.s);
	for (unsigned i = 0; i < STEPS; i++) {
		if (short_of_memory && !roll(&d, 4))
			test_env_fail_at(&d.s.t.env, 1 + roll(&d, 3));
		step(&d);
		test_env_fail_at(&d.s.t.env, 0);
		while (script_take(&d.s))
			;
	}
	script_free(&d.s);
}

/* Sequence numbers of ours and of the peer wrap, options lie, flags make no sense. */
static void no_sequence_of_hostile_segments_breaks_anything(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS * 13; i++)
		play(i, false, NULL);
}

static void nor_does_it_when_memory_runs_out(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS * 13; i++)
		play(100000 + i, true, NULL);
}

static void nor_when_tcp_mem_is_used_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS * 13; i++)
		play(200000 + i, i % 4 == 0,
		     (const struct setting[]){
			     { "net.ipv4.tcp_mem", i % 3 ? "0 1 2" : "0 0 0" },
			     { NULL, NULL },
		     });
}

/* ACKs wait for each other as long and as many as they may, or never, and small writes for the link. */
static void nor_when_acks_and_writes_wait(void **state)
{
	static const char *const delays[] = { "1", "1000000", "4000000000" };

	(void)state;
	for (unsigned i = 0; i < ROUNDS * 13; i++)
		play(300000 + i, i % 3 == 0,
		     (const struct setting[]){
			     { "net.ipv4.tcp_comp_sack_delay_ns", delays[i % 3] },
			     { "net.ipv4.tcp_comp_sack_slack_ns", delays[i / 3 % 3] },
			     { "net.ipv4.tcp_comp_sack_nr", i % 5 ? "255" : "1" },
			     { "net.ipv4.tcp_autocorking", i % 4 ? "1" : "0" },
			     { "net.ipv4.tcp_mem", i % 7 ? "1000 2000 4000" : "0 2 4" },
			     { NULL, NULL },
		     });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_sequence_of_hostile_segments_breaks_anything),
		cmocka_unit_test(nor_does_it_when_memory_runs_out),
		cmocka_unit_test(nor_when_tcp_mem_is_used_up),
		cmocka_unit_test(nor_when_acks_and_writes_wait),
	};

	return SCRIPT_RUN(tests);
}
