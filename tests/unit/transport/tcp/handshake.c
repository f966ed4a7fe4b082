/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a connection, as transcripts: RFC 9293 §3.5, §3.10.7.2, §3.10.7.3. */
#include "tests/lib/tcp_script.h"

static void a_listener_answers_a_syn_as_linux(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok, ts 100 0, wscale 7");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(s.seen.wnd, 65160); /* 45 segments of 1448 */
	assert_true(s.seen.opts.has_mss && s.seen.opts.has_ts && s.seen.opts.has_sack_perm);
	assert_int_equal(s.seen.opts.mss, 1460);
	assert_int_equal(s.seen.opts.wscale, 10);
	assert_int_equal(s.seen.opts.ts_ecr, 100);
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	script_free(&s);
}
