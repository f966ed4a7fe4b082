/* SPDX-License-Identifier: Apache-2.0 */
/* Built without nettle: as a kernel without TCP_MD5SIG. */
#include "tests/lib/tcp_script.h"

static void keys_are_refused(void **state)
{
	const uint8_t option[216] = { AF_INET };
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP,
						       i ? TCP_MD5SIG_EXT : TCP_MD5SIG, option,
						       sizeof(option), s.t.now),
				 -ENOPROTOOPT);
	script_free(&s);
	(void)state;
}

static void no_sum(struct tcp_script *s, uint8_t *segment, size_t hdr_len, size_t len)
{
	(void)s;
	(void)hdr_len;
	(void)len;
	segment[24] = 1;
}

static void a_signature_is_an_option_that_nobody_knows(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	s.sign = no_sum;
	SEND(&s, "PA", 1, 1, 100);
	assert_int_equal(script_read(&s, 1000), 100);
	script_free(&s);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_refused),
		cmocka_unit_test(a_signature_is_an_option_that_nobody_knows),
	};

	return SCRIPT_RUN(tests);
}
