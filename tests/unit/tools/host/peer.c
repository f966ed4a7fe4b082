/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include <seastack/env.h>
#include <seastack/modules.h>
#include <seastack/os.h>

#include "tools/host/peer.h"

static struct sea_link *add_link(struct sea_stack *stack, const char *name)
{
	struct sea_link_config config = { .size = sizeof(config), .name = name };
	struct sea_link *link;

	assert_int_equal(sea_link_add(stack, &config, &link, sea_os_now()), 0);
	return link;
}

static int set_up(void **state)
{
	struct sea_stack *stack;
	struct sea_env env;

	assert_int_equal(sea_env_os(&env), 0);
	assert_int_equal(sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &stack), 0);
	*state = stack;
	return 0;
}

static int tear_down(void **state)
{
	sea_stack_free(*state);
	return 0;
}

static void an_address_may_say_its_link(void **state)
{
	char text[SEA_PEER_TEXT_MAX];
	struct sea_peer peer;

	(void)state;
	assert_true(sea_peer_parse("10.0.0.1", &peer));
	assert_int_equal(peer.addr.family, SEA_AF_INET);
	assert_true(sea_peer_parse("2001:db8::1", &peer));
	assert_string_equal(peer.dev, "");
	assert_string_equal(sea_peer_text(&peer, text), "2001:db8::1");
	assert_true(sea_peer_parse("fe80::1%sea0", &peer));
	assert_string_equal(peer.dev, "sea0");
	assert_string_equal(sea_peer_text(&peer, text), "fe80::1%sea0");
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = { "",
					     "host",
					     "10.0.0.1%a",
					     "fe80::1%",
					     "fe80::1%a b",
					     "%sea0",
					     "fe80:::1",
					     "fe80::1%a-name-that-is-too-long" };
	struct sea_peer peer;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (sea_peer_parse(wrong[i], &peer))
			fail_msg("'%s' was taken", wrong[i]);
	}
}

static void a_link_local_address_gets_the_link_it_names(void **state)
{
	const struct sockaddr_in6 *in6;
	struct sockaddr_storage to;
	struct sea_peer peer;
	socklen_t len;

	in6 = (const struct sockaddr_in6 *)&to;
	add_link(*state, "sea0");
	add_link(*state, "sea1");
	assert_true(sea_peer_parse("fe80::1%sea1", &peer));
	assert_int_equal(sea_peer_sockaddr(&peer, *state, 7, &to, &len), 0);
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(in6->sin6_scope_id, 3);
	assert_int_equal(ntohs(in6->sin6_port), 7);
	assert_int_equal(len, sizeof(*in6));
	assert_true(sea_peer_parse("fe80::1%sea2", &peer));
	assert_int_equal(sea_peer_sockaddr(&peer, *state, 7, &to, &len), -ENODEV);
	assert_true(sea_peer_parse("fe80::1", &peer));
	assert_int_equal(sea_peer_sockaddr(&peer, *state, 7, &to, &len), -ENODEV);
}

static void the_only_link_need_not_be_named(void **state)
{
	const struct sockaddr_in6 *in6;
	struct sockaddr_storage to;
	struct sea_peer peer;
	socklen_t len;

	in6 = (const struct sockaddr_in6 *)&to;
	assert_true(sea_peer_parse("fe80::1", &peer));
	assert_int_equal(sea_peer_sockaddr(&peer, *state, 7, &to, &len), -ENODEV);
	add_link(*state, "sea0");
	assert_int_equal(sea_peer_sockaddr(&peer, *state, 7, &to, &len), 0);
	assert_int_equal(in6->sin6_scope_id, 2);
	assert_true(sea_peer_parse("2001:db8::1", &peer));
	assert_int_equal(sea_peer_sockaddr(&peer, *state, 7, &to, &len), 0);
	assert_int_equal(in6->sin6_scope_id, 0);
	assert_true(sea_peer_parse("10.0.0.1", &peer));
	assert_int_equal(sea_peer_sockaddr(&peer, *state, 7, &to, &len), 0);
	assert_int_equal(to.ss_family, AF_INET);
	assert_int_equal(len, sizeof(struct sockaddr_in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_may_say_its_link),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test_setup_teardown(a_link_local_address_gets_the_link_it_names, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_only_link_need_not_be_named, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
