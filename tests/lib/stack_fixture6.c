/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv6 half of the fixture. */
#include "tests/lib/stack_fixture.h"
#include "wire/ndp.h"

struct sea_ipaddr test_ip6(const char *text)
{
	struct sea_addr addr = test_addr(text);
	struct sea_ipaddr a;

	assert_int_equal(addr.family, SEA_AF_INET6);
	memcpy(a.b, addr.b, sizeof(a.b));
	return a;
}

bool test_is_ip6(const uint8_t addr[16], const char *text)
{
	struct sea_ipaddr a = test_ip6(text);

	return memcmp(addr, a.b, sizeof(a.b)) == 0;
}

void test_add_addr6(struct test_stack *t, struct sea_link *link, const char *prefix)
{
	struct sea_ifaddr addr = { .size = sizeof(addr),
				   .ifindex = link->ifindex,
				   .flags = SEA_IFA_NODAD };

	assert_true(sea_addr_parse_prefix(prefix, &addr.local, &addr.prefix_len));
	assert_int_equal(sea_ifaddr_add(t->stack, &addr, t->now), 0);
}

void test_stack_new6(struct test_stack *t, const struct sea_module *const *modules, size_t n)
{
	test_stack_new(t, modules, n);
	test_add_addr6(t, t->link, TEST_OUR_IP6 "/64");
}

static void know(struct test_stack *t, const char *addr)
{
	struct sea_neigh_info peer = { .size = sizeof(peer),
				       .ifindex = t->link->ifindex,
				       .addr = test_addr(addr),
				       .state = SEA_NUD_PERMANENT };

	memcpy(peer.mac, test_peer_mac.b, sizeof(peer.mac));
	assert_int_equal(sea_neigh_set(t->stack, &peer, t->now), 0);
}

void test_know_peer6(struct test_stack *t)
{
	know(t, TEST_PEER_IP6);
	know(t, TEST_PEER_LL);
}

/* -- in -- */

uint32_t test_pseudo6(const uint8_t src[16], const uint8_t dst[16], uint8_t proto, size_t len)
{
	uint32_t sum = proto + (uint32_t)len;

	for (unsigned i = 0; i < 16; i += 2)
		sum += (uint32_t)sea_get16(src + i) + sea_get16(dst + i);
	return sum;
}

static struct sea_mac eth_dst_of(const struct test_ip6 *ip, const uint8_t dst[16])
{
	if (ip->eth_dst)
		return *ip->eth_dst;
	return sea_in6_is_multicast(dst) ? sea_ndp_multicast_mac(dst) : test_our_mac;
}

static uint16_t payload_len_of(const struct test_ip6 *ip, size_t len)
{
	if (ip->payload_len)
		return ip->payload_len < 0 ? 0 : (uint16_t)ip->payload_len;
	return (uint16_t)(ip->exts_len + len);
}

size_t test_build_ip6(uint8_t *frame, const struct test_ip6 *ip, const void *payload, size_t len)
{
	struct sea_ether_hdr *eth = (struct sea_ether_hdr *)frame;
	struct sea_ipv6_hdr *hdr = (struct sea_ipv6_hdr *)(eth + 1);
	struct sea_ipaddr src = test_ip6(ip->src ? ip->src : TEST_PEER_IP6);
	struct sea_ipaddr dst = test_ip6(ip->dst ? ip->dst : TEST_OUR_IP6);
	uint8_t *at = (uint8_t *)(hdr + 1);

	eth->dst = eth_dst_of(ip, dst.b);
	eth->src = ip->eth_src ? *ip->eth_src : test_peer_mac;
	eth->type = sea_be16_of(SEA_ETHERTYPE_IPV6);
	hdr->ver_class_flow = sea_be32_of((ip->version ? ip->version : 6u) << 28 |
					  (uint32_t)ip->tclass << 20 | ip->flow_label);
	hdr->payload_len = sea_be16_of(payload_len_of(ip, len));
	hdr->next = ip->exts_len ? ip->exts_next : ip->proto;
	hdr->hop_limit = ip->hop_limit ? ip->hop_limit : 64;
	memcpy(hdr->src, src.b, 16);
	memcpy(hdr->dst, dst.b, 16);
	if (ip->exts_len)
		memcpy(at, ip->exts, ip->exts_len);
	if (len)
		memcpy(at + ip->exts_len, payload, len);
	memset(at + ip->exts_len + len, 0, ip->padding);
	return sizeof(*eth) + sizeof(*hdr) + ip->exts_len + len + ip->padding;
}

void test_inject_ip6(struct test_stack *t, const struct test_ip6 *ip, const void *payload,
		     size_t len)
{
	static uint8_t frame[TEST_FRAME_MAX];

	test_inject(t, frame, test_build_ip6(frame, ip, payload, len));
}

void test_inject_icmp6(struct test_stack *t, const struct test_ip6 *ip, const void *msg, size_t len)
{
	static uint8_t frame[TEST_FRAME_MAX];
	struct test_ip6 own = *ip;
	const struct sea_ipv6_hdr *hdr = (void *)(frame + sizeof(struct sea_ether_hdr));
	uint8_t *icmp = frame + sizeof(struct sea_ether_hdr) + sizeof(*hdr) + ip->exts_len;
	sea_be16 sum;
	size_t n;

	own.proto = SEA_IPPROTO_ICMPV6;
	n = test_build_ip6(frame, &own, msg, len);
	memset(icmp + 2, 0, 2);
	sum = test_checksum(icmp, len, test_pseudo6(hdr->src, hdr->dst, SEA_IPPROTO_ICMPV6, len));
	memcpy(icmp + 2, sum.b, 2);
	test_inject(t, frame, n);
}

/* -- out -- */

const struct sea_ipv6_hdr *test_expect_ip6(const struct test_frame *f, uint8_t proto,
					   const uint8_t **payload, size_t *len)
{
	const struct sea_ether_hdr *eth;
	const struct sea_ipv6_hdr *hdr;
	uint32_t pseudo;

	assert_non_null(f);
	eth = (const struct sea_ether_hdr *)f->bytes;
	hdr = (const struct sea_ipv6_hdr *)(eth + 1);
	assert_true(f->len >= sizeof(*eth) + sizeof(*hdr));
	assert_int_equal(sea_be16_get(eth->type), SEA_ETHERTYPE_IPV6);
	assert_int_equal(hdr->ver_class_flow.b[0] >> 4, 6);
	*len = f->len - sizeof(*eth) - sizeof(*hdr);
	assert_int_equal(sea_be16_get(hdr->payload_len), *len);
	assert_int_equal(hdr->next, proto);
	*payload = (const uint8_t *)(hdr + 1);
	if (proto == SEA_IPPROTO_ICMPV6) {
		pseudo = test_pseudo6(hdr->src, hdr->dst, proto, *len);
		assert_int_equal(sea_be16_get(test_checksum(*payload, *len, pseudo)), 0);
	}
	return hdr;
}
