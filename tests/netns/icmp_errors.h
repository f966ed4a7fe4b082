/* SPDX-License-Identifier: Apache-2.0 */
/* Host 2 of the tests of ICMP errors: its names, and what it says of a packet that it got. */
#ifndef SEA_TESTS_ICMP_ERRORS_H
#define SEA_TESTS_ICMP_ERRORS_H

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/lib/sockets.h"

#define PORT 9
#define QUOTE 8 /* bytes of the transport header */

union name {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static bool over6;

static inline socklen_t peer_name(union name *n)
{
	memset(n, 0, sizeof(*n));
	if (!over6) {
		n->in = test_in("10.0.0.2", PORT);
		return sizeof(n->in);
	}
	n->in6.sin6_family = AF_INET6;
	n->in6.sin6_port = htons(PORT);
	memcpy(&n->in6.sin6_addr, test_ip6(TEST_PEER_IP6).b, 16);
	return sizeof(n->in6);
}

/* -- packets of host 2, without a link header -- */

/* An error about `sent`, the first bytes of a packet; its length. */
static inline size_t make_error(uint8_t *frame, const uint8_t *sent, uint8_t type, uint8_t code)
{
	size_t hdr = over6 ? 40 : 20, len = 8 + hdr + QUOTE;
	const struct test_ip ip = { .proto = 1 };
	const struct test_ip6 ip6 = { .proto = 58 };
	uint8_t msg[8 + 40 + QUOTE] = { type, code };
	sea_be16 sum;

	sea_put16(msg + 6, 1400); /* of those errors that tell a size */
	memcpy(msg + 8, sent, hdr + QUOTE);
	sum = test_checksum(msg, len,
			    over6 ? test_pseudo6(test_ip6(TEST_PEER_IP6).b,
						 test_ip6(TEST_OUR_IP6).b, 58, len)
				  : 0);
	memcpy(msg + 2, sum.b, 2);
	return over6 ? test_build_ip6(frame, &ip6, msg, len) : test_build_ip(frame, &ip, msg, len);
}

/* -- the kernel's wire -- */

static int tun;

static inline void open_tun(void)
{
	struct ifreq r = { .ifr_name = "sea0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	cpu_set_t one;

	tun = open("/dev/net/tun", O_RDWR);
	assert_true(tun >= 0);
	assert_int_equal(ioctl(tun, TUNSETIFF, &r), 0);
	assert_int_equal(system("ip link set lo up && ip addr add 10.0.0.1/24 dev sea0"
				" && ip link set sea0 up"
				" && ip addr add 2001:db8::1/64 dev sea0 nodad"),
			 0);
	/* What is written stays in its order on one processor. */
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

#endif
