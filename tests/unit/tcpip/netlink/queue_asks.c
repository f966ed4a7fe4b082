/* SPDX-License-Identifier: Apache-2.0 */
#include "queue_asks.h"

struct queues_fixture f;

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp, &sea_netlink,
						    &sea_rtnetlink, &sea_qdiscs };
#define N_MODULES 5

/* -- asking -- */

void add_attr(struct message *m, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };
	uint8_t *at = (uint8_t *)m + m->h.nlmsg_len;

	memcpy(at, &a, sizeof(a));
	if (len)
		memcpy(at + sizeof(a), value, len);
	m->h.nlmsg_len += (a.nla_len + 3u) & ~3u;
}

struct message message_of(uint16_t type, uint16_t flags, int ifindex, const char *kind)
{
	struct message m = { .h = { .nlmsg_len = sizeof(struct nlmsghdr) + sizeof(struct tcmsg),
				    .nlmsg_type = type,
				    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags) },
			     .t = { .tcm_ifindex = ifindex, .tcm_parent = TC_H_ROOT } };

	if (kind)
		add_attr(&m, TCA_KIND, kind, (uint16_t)(strlen(kind) + 1));
	return m;
}

bool read_one(sea_socket s)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(f.stack, s, &m, 0, now);

	if (n < (ssize_t)sizeof(f.h))
		return false;
	f.len = (size_t)n;
	memcpy(&f.h, f.bytes, sizeof(f.h));
	return true;
}

void ask_only(const struct message *m)
{
	struct iovec iov = { (void *)(uintptr_t)m, m->h.nlmsg_len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert_int_equal(sea_socket_sendmsg(f.stack, f.asks, &msg, 0, now), m->h.nlmsg_len);
}

int ask(const struct message *m)
{
	int err;

	ask_only(m);
	assert_true(read_one(f.asks));
	assert_int_equal(f.h.nlmsg_type, NLMSG_ERROR);
	memcpy(&err, f.bytes + sizeof(f.h), sizeof(err));
	return err;
}

void ask_failing(const struct message *m, size_t nth)
{
	struct iovec iov = { (void *)(uintptr_t)m, m->h.nlmsg_len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	test_env_fail_at(&f.env, nth);
	sent = sea_socket_sendmsg(f.stack, f.asks, &msg, 0, now);
	test_env_fail_at(&f.env, 0);
	assert_true(sent == m->h.nlmsg_len || sent == -ENOBUFS || sent == -ENOMEM);
	while (read_one(f.asks))
		;
}

int add_limited(int ifindex, const char *kind, uint16_t how, uint32_t limit)
{
	struct message m = message_of(RTM_NEWQDISC, how, ifindex, kind);

	add_attr(&m, TCA_OPTIONS, &limit, sizeof(limit));
	return ask(&m);
}

/* -- what a message says: the last that was read -- */

const uint8_t *attr_in(const uint8_t *at, size_t len, uint16_t type, uint32_t *value_len)
{
	const uint8_t *end = at + len;

	while (at + 4 <= end) {
		struct nlattr a;

		memcpy(&a, at, sizeof(a));
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			*value_len = a.nla_len - 4u;
			return at + 4;
		}
		at += (a.nla_len + 3u) & ~3u;
	}
	return NULL;
}

const uint8_t *attr_of(uint16_t type, uint32_t *len)
{
	const size_t behind = sizeof(f.h) + sizeof(struct tcmsg);

	return attr_in(f.bytes + behind, f.h.nlmsg_len - behind, type, len);
}

uint32_t number_in_options(uint16_t type)
{
	uint32_t len = 0, value_len = 0, v;
	const uint8_t *options = attr_of(TCA_OPTIONS, &len), *value;

	assert_non_null(options);
	value = attr_in(options, len, type, &value_len);
	assert_non_null(value);
	assert_int_equal(value_len, sizeof(v));
	memcpy(&v, value, sizeof(v));
	return v;
}

struct tcmsg header(void)
{
	struct tcmsg t;

	memcpy(&t, f.bytes + sizeof(f.h), sizeof(t));
	return t;
}

struct tc_stats stats(void)
{
	struct tc_stats s;
	uint32_t len;
	const uint8_t *value = attr_of(TCA_STATS, &len);

	assert_non_null(value);
	assert_int_equal(len, sizeof(s));
	memcpy(&s, value, sizeof(s));
	return s;
}

void assert_heard(uint16_t type, const char *kind)
{
	uint32_t len;

	assert_true(read_one(f.hears));
	assert_int_equal(f.h.nlmsg_type, type);
	assert_string_equal((const char *)attr_of(TCA_KIND, &len), kind);
}

void next_in_datagram(uint16_t type)
{
	size_t at = (f.h.nlmsg_len + 3u) & ~3u;

	assert_true(at < f.len);
	f.len -= at;
	memmove(f.bytes, f.bytes + at, f.len);
	memcpy(&f.h, f.bytes, sizeof(f.h));
	assert_int_equal(f.h.nlmsg_type, type);
}

void show(int ifindex)
{
	const struct message m = message_of(RTM_GETQDISC, 0, ifindex, NULL);

	assert_int_equal(ask(&m), 0);
	assert_true(read_one(f.hears));
	assert_int_equal(f.h.nlmsg_type, RTM_NEWQDISC);
}

/* -- fixture -- */

int setup(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_TC };

	(void)state;
	f = (struct queues_fixture){ 0 };
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, N_MODULES, &f.stack), 0);
	f.stack->shard.pool.cache_max = 0; /* so that memory can run out at once */
	assert_int_equal(sea_link_add(f.stack, &config, &f.eth, now), 0);
	assert_int_equal(sea_link_set_up(f.eth, true, now), 0);
	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.asks, now),
			 0);
	assert_int_equal(
		sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.hears, now), 0);
	assert_int_equal(
		sea_socket_bind(f.stack, f.hears, (struct sockaddr *)&name, sizeof(name), now), 0);
	return 0;
}

int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

int send_one(void)
{
	static const struct sea_mac dst = { { 2, 0, 0, 0, 0, 2 } };
	struct sea_pkt *pkt = sea_pkt_new(&f.stack->shard.pool, 64, 20);
	int err;

	assert_non_null(pkt);
	memset(sea_pkt_put(pkt, 20), 0, 20);
	sea_stack_enter(f.stack, now);
	err = sea_link_output(f.eth, pkt, &dst, SEA_ETHERTYPE_IPV4);
	sea_stack_leave(f.stack);
	return err;
}

void send_empty(void)
{
	assert_int_equal(send_one(), 0);
}

void restore(void)
{
	struct snapshot snap = { 0 };

	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, N_MODULES, false, snapshot_read,
					&snap, &f.stack),
			 0);
	snapshot_free(&snap);
	f.eth = sea_link_by_index(f.stack, ETH);
}
