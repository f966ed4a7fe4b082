/* SPDX-License-Identifier: Apache-2.0 */
/* Routes in tests: made of text, and ways told as text, for either IP version. */
#ifndef SEA_TESTS_ROUTES_H
#define SEA_TESTS_ROUTES_H

#include <stdio.h>
#include <string.h>

#include "ip/ip.h"
#include "ip/neigh.h"
#include "tests/lib/snapshot.h"
#include "tests/lib/stack_fixture.h"

/* A unicast route; `gateway` and `link` may be NULL. */
static inline struct sea_route test_route(const char *prefix, const char *gateway,
					  const struct sea_link *link)
{
	struct sea_route r = { .size = sizeof(r), .type = SEA_ROUTE_UNICAST };

	assert_true(sea_addr_parse_prefix(prefix, &r.dst, &r.prefix_len));
	if (gateway)
		r.gateway = test_addr(gateway);
	if (link)
		r.ifindex = link->ifindex;
	return r;
}

static inline struct sea_ipaddr test_ipaddr(const char *text)
{
	struct sea_addr a = test_addr(text);
	struct sea_ipaddr r;

	memcpy(r.b, a.b, sizeof(r.b));
	return r;
}

/* The way of a flow in words: "10.0.0.9 dev eth0 src 10.0.0.1", or the error. */
static inline const char *test_way(struct test_stack *t, struct sea_flow flow, const char *dst)
{
	static char text[160];
	char hop[SEA_ADDR_TEXT_MAX], src[SEA_ADDR_TEXT_MAX];
	struct sea_addr a = test_addr(dst);
	struct sea_dst way = { 0 };
	int err;

	flow.family = a.family;
	flow.dst = test_ipaddr(dst);
	sea_stack_enter(t->stack, t->now);
	err = sea_ip_route(t->stack, &flow, &way);
	if (err) {
		snprintf(text, sizeof(text), "%s", strerrorname_np(-err));
	} else {
		if (way.neigh)
			a.family = way.neigh->table->ops->family;
		memcpy(a.b, way.neigh ? way.neigh->addr.b : way.dst.b, 16);
		sea_addr_text(&a, hop);
		a.family = flow.family;
		memcpy(a.b, way.src.b, 16);
		snprintf(text, sizeof(text), "%s dev %s src %s", hop, way.link->name,
			 sea_addr_text(&a, src));
	}
	sea_dst_put(t->stack, &way);
	sea_stack_leave(t->stack);
	return text;
}

/* The stack is written out, ended, and made again of what was written. */
static inline void test_save_and_load(struct test_stack *t, const struct sea_module *const *modules,
				      size_t n)
{
	struct snapshot s = { 0 };

	assert_int_equal(sea_stack_save(t->stack, snapshot_write, &s), 0);
	sea_stack_free(t->stack);
	assert_int_equal(sea_stack_load(NULL, &t->env.env, modules, n, false, snapshot_read, &s,
					&t->stack),
			 0);
	t->link = sea_link_by_name(t->stack, "eth0");
	snapshot_free(&s);
}

#endif
