/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/stack_fixture.h"

#include <seastack/link.h>
#include <seastack/pkt.h>

const struct sea_mac test_our_mac = { { 2, 0, 0, 0, 0, 1 } };
const struct sea_mac test_peer_mac = { { 2, 0, 0, 0, 0, 2 } };
const struct sea_mac test_broadcast_mac = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
const sea_be32 test_our_ip = { { 10, 0, 0, 1 } };
const sea_be32 test_peer_ip = { { 10, 0, 0, 2 } };

struct sea_addr test_addr(const char *text)
{
	struct sea_addr addr;

	assert_true(sea_addr_parse(text, &addr));
	return addr;
}

sea_be32 test_ip4(const char *text)
{
	struct sea_addr addr = test_addr(text);
	sea_be32 a;

	memcpy(&a, addr.b, sizeof(a));
	return a;
}

/* -- life -- */

/* Links have their IPv6 addresses at once, and ask for no routers (a stack without IPv6 knows neither). */
static void hush_ipv6(struct test_stack *t)
{
	if (!t->stack->ip6)
		return;
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv6.conf.default.accept_dad", "0", t->now),
			 0);
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv6.conf.default.router_solicitations", "0",
					t->now),
			 0);
}

void test_stack_new_bare(struct test_stack *t, const struct sea_module *const *modules, size_t n)
{
	memset(t, 0, sizeof(*t));
	test_env_init(&t->env);
	t->now.ns = SEA_SEC;
	assert_int_equal(sea_stack_new(NULL, &t->env.env, modules, n, &t->stack), 0);
	hush_ipv6(t);
	sea_stack_advance(t->stack, t->now);
}

struct sea_link *test_add_link(struct test_stack *t, const char *name, const struct sea_mac *mac,
			       const char *prefix)
{
	struct sea_link_config config = { .size = sizeof(config), .name = name };
	struct sea_ifaddr addr = { .size = sizeof(addr) };
	struct sea_link *link;

	memcpy(config.mac, mac->b, sizeof(config.mac));
	assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), 0);
	assert_int_equal(sea_link_set_up(link, true, t->now), 0);
	if (prefix) {
		addr.ifindex = link->ifindex;
		assert_true(sea_addr_parse_prefix(prefix, &addr.local, &addr.prefix_len));
		assert_int_equal(sea_ifaddr_add(t->stack, &addr, t->now), 0);
	}
	return link;
}

void test_stack_new(struct test_stack *t, const struct sea_module *const *modules, size_t n)
{
	test_stack_new_bare(t, modules, n);
	t->link = test_add_link(t, "eth0", &test_our_mac, "10.0.0.1/24");
}

void test_stack_free(struct test_stack *t)
{
	sea_stack_free(t->stack);
	assert_int_equal(t->env.live, 0);
}

void test_know_peer(struct test_stack *t)
{
	struct sea_neigh_info peer = { .size = sizeof(peer),
				       .ifindex = t->link->ifindex,
				       .addr = test_addr("10.0.0.2"),
				       .state = SEA_NUD_PERMANENT };

	memcpy(peer.mac, test_peer_mac.b, sizeof(peer.mac));
	assert_int_equal(sea_neigh_set(t->stack, &peer, t->now), 0);
}

/* -- time -- */

void test_settle(struct test_stack *t)
{
	unsigned rounds = 0;

	do {
		sea_stack_advance(t->stack, t->now);
		assert_true(rounds++ < 100000); /* work that never ends */
	} while (!sea_time_before(t->now, sea_stack_deadline(t->stack)));
}

void test_advance(struct test_stack *t, int64_t ns)
{
	const sea_time end = sea_time_add(t->now, ns);
	sea_time next;

	while (!sea_time_before(end, next = sea_stack_deadline(t->stack))) {
		t->now = sea_time_max(t->now, next);
		test_settle(t);
	}
	t->now = end;
	test_settle(t);
}

/* -- in -- */

void test_inject_on(struct test_stack *t, struct sea_link *link, const void *frame, size_t len)
{
	struct sea_pkt *pkt = sea_pkt_from_bytes(link, frame, len);

	if (pkt) /* else memory was short, as a test of that may want it */
		sea_link_input(link, &pkt, 1, t->now);
	if (!t->unsettled)
		test_settle(t);
}

void test_inject(struct test_stack *t, const void *frame, size_t len)
{
	test_inject_on(t, t->link, frame, len);
}

static uint32_t sum_bytes(const uint8_t *bytes, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i += 2) {
		sum += (uint32_t)bytes[i] << 8 | (i + 1 < len ? bytes[i + 1] : 0u);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

sea_be16 test_checksum(const void *bytes, size_t len, uint32_t sum)
{
	sum = sum_bytes(bytes, len, (sum & 0xffff) + (sum >> 16));
	sum = (sum & 0xffff) + (sum >> 16);
	return sea_be16_of((uint16_t)~sum);
}

uint32_t test_pseudo(sea_be32 src, sea_be32 dst, uint8_t proto, size_t len)
{
	uint32_t sum = sum_bytes(src.b, 4, sum_bytes(dst.b, 4, 0));

	return sum + proto + (uint32_t)len;
}

size_t test_build_ip(uint8_t *frame, const struct test_ip *ip, const void *payload, size_t len)
{
	struct sea_ether_hdr *eth = (struct sea_ether_hdr *)frame;
	struct sea_ipv4_hdr *hdr = (struct sea_ipv4_hdr *)(eth + 1);
	size_t hdr_len = sizeof(*hdr) + ip->opts_len;
	uint16_t sum;

	eth->dst = ip->eth_dst ? *ip->eth_dst : test_our_mac;
	eth->src = ip->eth_src ? *ip->eth_src : test_peer_mac;
	eth->type = sea_be16_of(SEA_ETHERTYPE_IPV4);
	hdr->ver_ihl = ip->ver_ihl ? ip->ver_ihl : (uint8_t)(0x40 | hdr_len / 4);
	hdr->tos = ip->tos;
	hdr->total_len = sea_be16_of(ip->total_len ? ip->total_len : (uint16_t)(hdr_len + len));
	hdr->id = sea_be16_of(ip->id);
	hdr->frag = sea_be16_of(ip->frag);
	hdr->ttl = ip->ttl ? ip->ttl : 64;
	hdr->proto = ip->proto;
	hdr->sum = sea_be16_of(0);
	hdr->src = ip->src ? test_ip4(ip->src) : test_peer_ip;
	hdr->dst = ip->dst ? test_ip4(ip->dst) : test_our_ip;
	if (ip->opts_len)
		memcpy(hdr + 1, ip->opts, ip->opts_len);
	sum = sea_be16_get(test_checksum(hdr, hdr_len, 0));
	hdr->sum = sea_be16_of((uint16_t)(sum + ip->sum_error));
	if (len)
		memcpy((uint8_t *)hdr + hdr_len, payload, len);
	memset((uint8_t *)hdr + hdr_len + len, 0, ip->padding);
	return sizeof(*eth) + hdr_len + len + ip->padding;
}

void test_inject_ip(struct test_stack *t, const struct test_ip *ip, const void *payload, size_t len)
{
	static uint8_t frame[TEST_FRAME_MAX];

	test_inject(t, frame, test_build_ip(frame, ip, payload, len));
}

/* -- out -- */

/* What every link that speaks IPv6 says now and then, whatever is tested: reports of MLD. */
static bool is_mld_report(const struct test_frame *f)
{
	const uint8_t *ip = f->bytes + sizeof(struct sea_ether_hdr);

	if (f->len < sizeof(struct sea_ether_hdr) + 40 + 8 + 8 || ip[-2] != 0x86 || ip[-1] != 0xdd)
		return false;
	return ip[6] == 0 && ip[40] == 58 && (ip[48] == 131 || ip[48] == 132 || ip[48] == 143);
}

static struct test_frame *take(struct test_stack *t)
{
	struct sea_link *link = sea_stack_next_tx(t->stack);
	struct test_frame *f = &t->frame;
	struct sea_pkt *pkt;

	if (!link)
		return NULL;
	assert_int_equal(sea_link_take_tx(link, &pkt, 1, t->now), 1);
	f->len = sea_pkt_len(pkt);
	assert_true(f->len <= sizeof(f->bytes));
	assert_true(sea_pkt_read(pkt, 0, f->bytes, f->len));
	f->link = link;
	f->csum_state = (enum sea_csum_state)pkt->csum_state;
	f->gso_size = pkt->gso_size;
	sea_pkt_done(pkt);
	return f;
}

struct test_frame *test_take(struct test_stack *t)
{
	struct test_frame *f;

	do
		f = take(t);
	while (f && !t->hear_mld && is_mld_report(f));
	return f;
}

unsigned test_take_all(struct test_stack *t)
{
	unsigned n = 0;

	while (test_take(t))
		n++;
	return n;
}

const struct sea_ipv4_hdr *test_expect_ip(const struct test_frame *f, uint8_t proto,
					  const uint8_t **payload, size_t *len)
{
	const struct sea_ether_hdr *eth;
	const struct sea_ipv4_hdr *hdr;
	size_t hdr_len;

	assert_non_null(f);
	eth = (const struct sea_ether_hdr *)f->bytes;
	hdr = (const struct sea_ipv4_hdr *)(eth + 1);
	assert_true(f->len >= sizeof(*eth) + sizeof(*hdr));
	assert_int_equal(sea_be16_get(eth->type), SEA_ETHERTYPE_IPV4);
	assert_int_equal(hdr->ver_ihl >> 4, 4);
	hdr_len = (hdr->ver_ihl & 0xfu) * 4;
	assert_int_equal(sea_be16_get(hdr->total_len), f->len - sizeof(*eth));
	assert_int_equal(sea_be16_get(test_checksum(hdr, hdr_len, 0)), 0);
	assert_int_equal(hdr->proto, proto);
	*payload = (const uint8_t *)hdr + hdr_len;
	*len = f->len - sizeof(*eth) - hdr_len;
	return hdr;
}

/* -- counters -- */

uint64_t test_drops(const struct test_stack *t, enum sea_drop reason)
{
	return t->stack->shard.counters.drop[reason];
}

uint64_t test_mib(const struct test_stack *t, enum sea_mib what)
{
	return t->stack->shard.counters.mib[what];
}
