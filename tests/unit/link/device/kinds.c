/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds.h"

#include <linux/if_vlan.h>

#include <seastack/save.h>

#include "tests/lib/snapshot.h"

struct kinds k;

static const struct sea_module *const with_ip[] = { &sea_link_kinds, &sea_netlink, &sea_rtnetlink,
						    &sea_ipv4, &sea_ipv6 };

/* -- the stack -- */

static void open_sockets(void)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };

	assert_int_equal(
		sea_socket_new(k.f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &k.asks, NOW), 0);
	assert_int_equal(
		sea_socket_new(k.f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &k.hears, NOW), 0);
	assert_int_equal(sea_socket_bind(k.f.stack, k.hears, (struct sockaddr *)&name, sizeof(name),
					 NOW),
			 0);
}

static void make_stack(size_t n_modules)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };

	memset(&k, 0, sizeof(k));
	test_env_init(&k.env);
	assert_int_equal(sea_stack_new(NULL, &k.env.env, with_ip, n_modules, &k.f.stack), 0);
	k.f.stack->shard.pool.cache_max = 0; /* so that memory can run out at once */
	assert_int_equal(sea_link_add(k.f.stack, &config, &k.eth, NOW), 0);
	assert_int_equal(sea_link_set_up(k.eth, true, NOW), 0);
	k.f.link = k.eth;
}

int kinds_setup(void **state)
{
	(void)state;
	make_stack(5);
	open_sockets();
	return 0;
}

int kinds_setup_frames(void **state)
{
	(void)state;
	make_stack(3);
	keep_arrivals(&k.f);
	open_sockets();
	return 0;
}

int kinds_teardown(void **state)
{
	(void)state;
	if (arrived.tail)
		forget_arrivals();
	sea_stack_free(k.f.stack);
	assert_int_equal(k.env.live, 0);
	return 0;
}

void kinds_restore(void)
{
	struct snapshot snap = { 0 };

	assert_int_equal(sea_stack_save(k.f.stack, snapshot_write, &snap), 0);
	sea_stack_free(k.f.stack);
	assert_int_equal(sea_stack_load(NULL, &k.env.env, with_ip, 5, false, snapshot_read, &snap,
					&k.f.stack),
			 0);
	snapshot_free(&snap);
	k.eth = link_of("eth0");
}

struct sea_link *link_of(const char *name)
{
	struct sea_link *link = sea_link_by_name(k.f.stack, name);

	assert_non_null(link);
	return link;
}

/* -- messages -- */

struct message message_of(uint16_t type, int ifindex)
{
	return (struct message){
		.h = { .nlmsg_len = sizeof(struct nlmsghdr) + sizeof(struct ifinfomsg),
		       .nlmsg_type = type,
		       .nlmsg_flags = type == RTM_GETLINK ? NLM_F_REQUEST
							  : NLM_F_REQUEST | NLM_F_ACK },
		.i = { .ifi_index = ifindex }
	};
}

uint16_t put_nlattr(uint8_t *to, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };
	uint16_t room = (uint16_t)((a.nla_len + 3u) & ~3u);

	memset(to, 0, room);
	memcpy(to, &a, sizeof(a));
	if (len)
		memcpy(to + sizeof(a), value, len);
	return room;
}

void add_attr(struct message *m, uint16_t type, const void *value, uint16_t len)
{
	m->h.nlmsg_len += put_nlattr((uint8_t *)m + m->h.nlmsg_len, type, value, len);
}

void add_u32(struct message *m, uint16_t type, uint32_t value)
{
	add_attr(m, type, &value, sizeof(value));
}

struct message making(const char *kind, const char *name, const void *data, uint16_t data_len)
{
	struct message m = message_of(RTM_NEWLINK, 0);
	uint8_t info[256];
	uint16_t len = put_nlattr(info, IFLA_INFO_KIND, kind, (uint16_t)strlen(kind));

	m.h.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	if (data)
		len = (uint16_t)(len + put_nlattr(info + len, IFLA_INFO_DATA, data, data_len));
	if (name)
		add_attr(&m, IFLA_IFNAME, name, (uint16_t)(strlen(name) + 1));
	add_attr(&m, IFLA_LINKINFO, info, len);
	return m;
}

/* -- asking -- */

static bool read_one(sea_socket s)
{
	struct iovec iov = { k.bytes, sizeof(k.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(k.f.stack, s, &m, 0, NOW);

	if (n < (ssize_t)sizeof(k.h))
		return false;
	memcpy(&k.h, k.bytes, sizeof(k.h));
	return true;
}

int ask(const struct message *m)
{
	struct iovec iov = { (void *)(uintptr_t)m, m->h.nlmsg_len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int err;

	assert_int_equal(sea_socket_sendmsg(k.f.stack, k.asks, &msg, 0, NOW), m->h.nlmsg_len);
	assert_true(read_one(k.asks));
	if (k.h.nlmsg_type != NLMSG_ERROR)
		return 0;
	memcpy(&err, k.bytes + sizeof(k.h), sizeof(err));
	return err;
}

int set_attr(const char *name, uint16_t type, const void *value, uint16_t len)
{
	struct message m = message_of(RTM_SETLINK, link_of(name)->ifindex);

	add_attr(&m, type, value, len);
	return ask(&m);
}

int set_u32(const char *name, uint16_t type, uint32_t value)
{
	return set_attr(name, type, &value, sizeof(value));
}

int delete_link(const char *name)
{
	struct message m = message_of(RTM_DELLINK, 0);

	add_attr(&m, IFLA_IFNAME, name, (uint16_t)(strlen(name) + 1));
	return ask(&m);
}

void show(const char *name)
{
	struct message m = message_of(RTM_GETLINK, link_of(name)->ifindex);

	assert_int_equal(ask(&m), 0);
	assert_int_equal(k.h.nlmsg_type, RTM_NEWLINK);
}

struct ifinfomsg shown(void)
{
	struct ifinfomsg i;

	memcpy(&i, k.bytes + sizeof(k.h), sizeof(i));
	return i;
}

static const uint8_t *find(const uint8_t *at, uint32_t len, uint16_t type, uint32_t *found)
{
	while (len >= sizeof(struct nlattr)) {
		struct nlattr a;
		uint32_t step;

		memcpy(&a, at, sizeof(a));
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			*found = a.nla_len - (uint32_t)sizeof(a);
			return at + sizeof(a);
		}
		step = (a.nla_len + 3u) & ~3u;
		if (step > len)
			break;
		at += step;
		len -= step;
	}
	return NULL;
}

const uint8_t *attr_of(uint16_t type, uint32_t *len)
{
	const uint32_t hdr = sizeof(k.h) + sizeof(struct ifinfomsg);

	return find(k.bytes + hdr, k.h.nlmsg_len - hdr, type, len);
}

const uint8_t *data_of(uint16_t type, uint32_t *len)
{
	const uint8_t *at = attr_of(IFLA_LINKINFO, len);

	if (at)
		at = find(at, *len, IFLA_INFO_DATA, len);
	return at ? find(at, *len, type, len) : NULL;
}

const char *kind_of(void)
{
	uint32_t len;
	const uint8_t *at = attr_of(IFLA_LINKINFO, &len);

	if (at)
		at = find(at, len, IFLA_INFO_KIND, &len);
	return at ? (const char *)at : "";
}

uint32_t u32_of(uint16_t type)
{
	uint32_t len, v;
	const uint8_t *at = attr_of(type, &len);

	assert_non_null(at);
	assert_int_equal(len, sizeof(v));
	memcpy(&v, at, sizeof(v));
	return v;
}

/* -- heard -- */

void assert_heard(uint16_t type, const char *name)
{
	const uint8_t *at;
	uint32_t len;

	assert_true(read_one(k.hears));
	assert_int_equal(k.h.nlmsg_type, type);
	at = attr_of(IFLA_IFNAME, &len);
	assert_non_null(at);
	assert_string_equal((const char *)at, name);
}

bool hears_nothing(void)
{
	return !read_one(k.hears);
}

void hear_all(void)
{
	while (read_one(k.hears))
		;
}

/* -- VLANs -- */

uint16_t put_vlan(uint8_t *to, uint16_t proto, uint16_t id, uint32_t flags, uint32_t mask)
{
	const struct ifla_vlan_flags f = { .flags = flags, .mask = mask };
	const sea_be16 wire = sea_be16_of(proto);
	uint16_t len = put_nlattr(to, IFLA_VLAN_ID, &id, sizeof(id));

	len = (uint16_t)(len + put_nlattr(to + len, IFLA_VLAN_PROTOCOL, &wire, sizeof(wire)));
	if (mask)
		len = (uint16_t)(len + put_nlattr(to + len, IFLA_VLAN_FLAGS, &f, sizeof(f)));
	return len;
}

struct message making_vlan(const char *name, const char *lower, uint16_t proto, uint16_t id,
			   uint32_t flags, uint32_t mask)
{
	uint8_t data[64];
	struct message m = making("vlan", name, data, put_vlan(data, proto, id, flags, mask));

	add_u32(&m, IFLA_LINK, (uint32_t)link_of(lower)->ifindex);
	return m;
}

int make_vlan(const char *name, uint16_t id)
{
	const struct message m = making_vlan(name, "eth0", SEA_ETHERTYPE_VLAN, id, 0, 0);

	return ask(&m);
}
