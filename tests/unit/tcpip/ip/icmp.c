/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/stack_fixture.h"
#include "wire/icmp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };

static void setup(struct test_stack *t)
{
	test_stack_new(t, modules, 1);
	test_know_peer(t);
}

/* An ICMP message with its checksum. */
static size_t message(uint8_t *to, uint8_t type, uint8_t code, const void *rest, size_t len)
{
	struct sea_icmp_hdr *hdr = (struct sea_icmp_hdr *)to;

	memset(to, 0, 4);
	hdr->type = type;
	hdr->code = code;
	memcpy(to + 4, rest, len);
	hdr->sum = test_checksum(to, 4 + len, 0);
	return 4 + len;
}

/* RFC1122:3.2.2.6-MUST-implement-echo-server */
static void echo_request_is_answered_with_the_same_data(void **state)
{
	static struct test_stack t;
	static const char data[] = "\x12\x34\x00\x07 the quick brown fox";
	uint8_t msg[128];
	const uint8_t *reply;
	size_t len = message(msg, SEA_ICMP_ECHO, 0, data, sizeof(data)), reply_len;
	const struct sea_ipv4_hdr *ip;

	setup(&t);
	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP, .tos = 0x10, .ttl = 3 },
		       msg, len);
	ip = test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &reply, &reply_len);
	assert_int_equal(reply_len, len);
	assert_int_equal(reply[0], SEA_ICMP_ECHO_REPLY);
	assert_memory_equal(reply + 4, msg + 4, len - 4);
	assert_int_equal(sea_be16_get(test_checksum(reply, reply_len, 0)), 0);
	assert_true(sea_be32_equal(ip->src, test_our_ip) && sea_be32_equal(ip->dst, test_peer_ip));
	assert_int_equal(ip->tos, 0x10);
	assert_int_equal(ip->ttl, 64);
	assert_null(test_take(&t));
	test_stack_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo_request_is_answered_with_the_same_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
