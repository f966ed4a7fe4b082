/* SPDX-License-Identifier: Apache-2.0 */
/* Every state can be reached and left, as transcripts (RFC 9293 §3.6, §3.10.7.4). */
#include "tests/lib/tcp_script.h"
typedef void make_fn(struct tcp_script *);
static void each(void **state)
{
	static make_fn *const make[] = { script_established, script_syn_sent, script_connected, script_fin_wait_1, script_fin_wait_2, script_close_wait, script_last_ack, script_closing, script_time_wait };
	for (unsigned i = 0; i < 9; i++) {
		struct tcp_script s;
		script_new(&s); print_message("make %u\n", i);
		make[i](&s);
		script_free(&s);
	}
}
int main(void) { const struct CMUnitTest tests[] = { cmocka_unit_test(each) }; return cmocka_run_group_tests(tests, NULL, NULL); }
