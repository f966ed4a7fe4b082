/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/arp.h"

/* As Linux asks for 10.0.0.2. */
static const uint8_t linux_request[28] = {
	0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01, 2, 0, 0,  0, 0, 1,
	10,   0,    0,    1,    0, 0, 0,    0,    0, 0, 10, 0, 0, 2,
};

static struct sea_arp_hdr request(void)
{
	struct sea_arp_hdr arp;

	memcpy(&arp, linux_request, sizeof(arp));
	return arp;
}

static void request_is_written_as_linux_does(void **state)
{
	static const struct sea_mac ours = { { 2, 0, 0, 0, 0, 1 } }, unknown = { { 0 } };
	struct sea_arp_hdr arp;

	sea_arp_put(&arp, SEA_ARP_REQUEST, &ours, sea_be32_of(0x0a000001), &unknown,
		    sea_be32_of(0x0a000002));
	assert_memory_equal(&arp, linux_request, sizeof(arp));
	assert_true(sea_arp_valid(&arp));
}

static void replies_are_valid(void **state)
{
	struct sea_arp_hdr arp = request();

	arp.op = sea_be16_of(SEA_ARP_REPLY);
	assert_true(sea_arp_valid(&arp));
}

static void other_hardware_protocols_lengths_and_ops_are_not(void **state)
{
	/* Each of the first eight bytes says what we are: no other value of it will do. */
	for (size_t i = 0; i < 8; i++) {
		struct sea_arp_hdr arp = request();

		((uint8_t *)&arp)[i] ^= 0x04;
		assert_false(sea_arp_valid(&arp));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_written_as_linux_does),
		cmocka_unit_test(replies_are_valid),
		cmocka_unit_test(other_hardware_protocols_lengths_and_ops_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
