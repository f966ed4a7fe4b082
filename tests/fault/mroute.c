/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A multicast router with the Nth allocation failing, for every N: each call says -ENOMEM or does its
 * work, a packet goes on or is lost, and no memory stays behind.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests/fault/every.h"
#include "tests/lib/mroute.h"
#include "tests/lib/snapshot.h"

static const struct sea_stack_config no_cache = { .size = sizeof(no_cache) };
static struct mroute_net n;
static unsigned failed;

static bool worked(int err)
{
	assert_true(err == 0 || err == -ENOMEM || failed);
	failed += err != 0;
	return err == 0;
}

static struct sea_link *add_link(unsigned i)
{
	const char name[] = { 'e', (char)('0' + i), 0 };
	struct sea_link_config config = { .size = sizeof(config), .name = name };
	struct sea_ifaddr a = { .size = sizeof(a), .prefix_len = 24 };
	struct sea_link *link;

	config.mac[0] = 2;
	config.mac[5] = (uint8_t)(i + 1);
	if (!worked(sea_link_add(n.t.stack, &config, &link, n.t.now)) ||
	    !worked(sea_link_set_up(link, true, n.t.now)))
		return NULL;
	a.ifindex = link->ifindex;
	a.local = sea_addr_v4(10, (uint8_t)i, 0, 1);
	return worked(sea_ifaddr_add(n.t.stack, &a, n.t.now)) ? link : NULL;
}

static bool start(uint8_t family)
{
	const struct sea_mroute_config config = { .size = sizeof(config), .family = family };

	if (!worked(sea_mroute_start(n.t.stack, &config, n.t.now)))
		return false;
	for (uint16_t i = 0; i < 3; i++) {
		const struct sea_mroute_vif vif = { .size = sizeof(vif),
						    .family = family,
						    .vif = i,
						    .ifindex = n.links[i]->ifindex };

		assert_int_equal(sea_mroute_vif_add(n.t.stack, &vif, n.t.now), 0);
	}
	return true;
}

static void inject(unsigned which, size_t len)
{
	static const uint8_t data[2000] = { 0, 7, 0, 7 };
	const struct mroute_words *w = &mroute_words[which];
	static uint8_t frame[3000];
	static const struct sea_mac mac = { { 1, 0, 0x5e, 1, 1, 1 } };
	size_t size;
	struct sea_pkt *pkt;

	if (which)
		size = test_build_ip6(
			frame, &(struct test_ip6){ .proto = 17, .src = w->src, .dst = w->group },
			data, len);
	else
		size = test_build_ip(
			frame,
			&(struct test_ip){
				.proto = 17, .eth_dst = &mac, .src = w->src, .dst = w->group },
			data, len);
	pkt = sea_pkt_from_bytes(n.links[0], frame, size);
	if (!pkt) {
		failed++;
		return;
	}
	sea_link_input(n.links[0], &pkt, 1, n.t.now);
	test_take_all(&n.t);
}

static void use(unsigned which)
{
	const struct mroute_words *w = &mroute_words[which];
	struct sea_mroute r = mroute_of(w->family, w->src, w->group, 0, "-11");
	bool there;

	if (!start(w->family))
		return;
	inject(which, 1008); /* waits */
	inject(which, 20);
	worked(sea_mroute_add(n.t.stack, &r, n.t.now));
	test_take_all(&n.t);
	inject(which, 1008);
	r.group = test_addr(which ? "ff1e::2" : "239.1.1.2");
	there = worked(sea_mroute_add(n.t.stack, &r, n.t.now));
	assert_int_equal(sea_mroute_del(n.t.stack, &r, n.t.now), there ? 0 : -ENOENT);
}

static void reload(void)
{
	struct snapshot s = { 0 };
	struct sea_stack *again;

	assert_int_equal(sea_stack_save(n.t.stack, snapshot_write, &s), 0);
	if (worked(sea_stack_load(&no_cache, &n.t.env.env, mroute_modules, 3, false, snapshot_read,
				  &s, &again)))
		sea_stack_free(again);
	snapshot_free(&s);
}

static void live(void)
{
	if (!worked(sea_stack_new(&no_cache, &n.t.env.env, mroute_modules, 3, &n.t.stack)))
		return;
	for (unsigned i = 0; i < 3; i++)
		n.links[i] = add_link(i);
	if (n.links[0] && n.links[1] && n.links[2]) {
		(void)!sea_link_set_mtu(n.links[2], 600, n.t.now); /* IPv6 ends there */
		use(0);
		use(1);
		reload();
	}
	sea_stack_free(n.t.stack);
}

static void begin(void)
{
	memset(&n, 0, sizeof(n));
	failed = 0;
}

int main(void)
{
	struct fault_day day = {
		.begin = begin,
		.live = live,
		.env = &n.t.env,
		.failed = &failed,
		.at_least = 60,
	};

	return fault_main(&day);
}
