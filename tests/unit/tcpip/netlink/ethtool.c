/* SPDX-License-Identifier: Apache-2.0 */
/* The generic family ethtool: links that come, go and lose their carrier. What is said of lo is compared with Linux's elsewhere. */
#include <errno.h>
#include <sys/socket.h>

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/socket.h>

#include "core/link.h"
#include "core/link_kind.h"
#include "core/link_set.h"
#include "core/stack.h"
#include "netlink/genl.h"
#include "netlink/policy.h"
#include "tests/lib/env.h"

#define FAMILY 19 /* the first that is given */
#define HDR 20u
#define NAME_TYPE (ETHTOOL_A_HEADER_DEV_NAME)

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_link *eth;
	sea_socket nl;
	uint8_t bytes[32768] __attribute__((aligned(8)));
	size_t len;
	struct nlmsghdr h; /* of the last message */
	unsigned shown;    /* links of a dump */
	int last;          /* its index */
} f;

static const struct sea_module *const modules[] = { &sea_netlink, &sea_generic_netlink,
						    &sea_ethtool_netlink, &sea_link_kinds };
static const sea_time now = { SEA_SEC };

static int setup(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 },
						.features = SEA_LINK_F_TX_CSUM };

	(void)state;
	memset(&f, 0, sizeof(f));
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 4, &f.stack), 0);
	assert_int_equal(sea_link_add(f.stack, &config, &f.eth, now), 0);
	return sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, &f.nl, now);
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

/* -- asking -- */

static bool read_one(void)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(f.stack, f.nl, &m, 0, now);

	f.len = n > 0 ? (size_t)n : 0;
	if (f.len >= sizeof(f.h))
		memcpy(&f.h, f.bytes, sizeof(f.h));
	return f.len;
}

/* Of the link `name` (at most 7 bytes); what the answer says, 0 where it is none of an error. */
static int ask(uint8_t cmd, uint16_t flags, const char *name)
{
	struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
		struct nlattr header, attr;
		char name[8];
	} m = { .h = { .nlmsg_len = sizeof(m),
		       .nlmsg_type = FAMILY,
		       .nlmsg_flags = flags | NLM_F_REQUEST },
		.g = { .cmd = cmd, .version = 1 },
		.header = { 16, 1 | NLA_F_NESTED },
		.attr = { 12, NAME_TYPE } };
	struct iovec iov = { &m, sizeof(m) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int err = 0;

	memcpy(m.name, name, strlen(name) + 1);
	assert_int_equal(sea_socket_sendmsg(f.stack, f.nl, &msg, 0, now), sizeof(m));
	assert_true(read_one());
	if (f.h.nlmsg_type == NLMSG_ERROR)
		memcpy(&err, f.bytes + sizeof(f.h), sizeof(err));
	return err;
}

static const uint8_t *attr_of(const uint8_t *bytes, size_t len, uint16_t type)
{
	struct sea_nl_attr a;
	uint32_t at = 0;

	while (sea_nl_next(bytes, (uint32_t)len, &at, &a))
		if (a.type == type)
			return a.value;
	return NULL;
}

static unsigned link_state(const char *name)
{
	const uint8_t *link;

	assert_int_equal(ask(ETHTOOL_MSG_LINKSTATE_GET, 0, name), 0);
	link = attr_of(f.bytes + HDR, f.len - HDR, ETHTOOL_A_LINKSTATE_LINK);
	assert_non_null(link);
	return *link;
}

/* All of what was read and what follows it. */
static void count_shown(void)
{
	f.shown = 0;
	do {
		for (size_t at = 0; at < f.len;) {
			const uint8_t *header;

			memcpy(&f.h, f.bytes + at, sizeof(f.h));
			if (f.h.nlmsg_type == NLMSG_DONE)
				return;
			header = attr_of(f.bytes + at + HDR, f.h.nlmsg_len - HDR, 1);
			assert_non_null(header);
			memcpy(&f.last, header + 4, sizeof(f.last));
			f.shown++;
			at += (f.h.nlmsg_len + 3) & ~3u;
		}
	} while (read_one());
	fail_msg("no end");
}

/* -- tests -- */

static void a_link_is_there_when_it_is_up_with_a_carrier(void **state)
{
	(void)state;
	assert_int_equal(link_state("eth0"), 0);
	assert_int_equal(sea_link_set_up(f.eth, true, now), 0);
	assert_int_equal(link_state("eth0"), 1);
	sea_link_set_carrier(f.eth, false, now);
	assert_int_equal(link_state("eth0"), 0);
	assert_int_equal(ask(ETHTOOL_MSG_LINKSTATE_GET, 0, "eth1"), -ENODEV);
}

static void a_wire_has_a_speed_and_lo_has_none(void **state)
{
	const uint8_t *speed;
	uint32_t v;

	(void)state;
	assert_int_equal(ask(ETHTOOL_MSG_LINKMODES_GET, 0, "eth0"), 0);
	speed = attr_of(f.bytes + HDR, f.len - HDR, ETHTOOL_A_LINKMODES_SPEED);
	assert_non_null(speed);
	memcpy(&v, speed, sizeof(v));
	assert_int_equal(v, 10000);
	assert_int_equal(ask(ETHTOOL_MSG_LINKINFO_GET, 0, "eth0"), 0);
	assert_non_null(attr_of(f.bytes + HDR, f.len - HDR, ETHTOOL_A_LINKINFO_TRANSCEIVER));
	assert_int_equal(ask(ETHTOOL_MSG_LINKMODES_GET, 0, "lo"), -EOPNOTSUPP);
	assert_int_equal(ask(ETHTOOL_MSG_LINKINFO_GET, 0, "lo"), -EOPNOTSUPP);
}

static void a_dump_leaves_out_who_has_it_not(void **state)
{
	(void)state;
	assert_int_equal(ask(ETHTOOL_MSG_LINKSTATE_GET, NLM_F_DUMP, "lo"), 0);
	count_shown();
	assert_int_equal(f.shown, 2);
	assert_int_equal(ask(ETHTOOL_MSG_LINKMODES_GET, NLM_F_DUMP, "lo"), 0);
	count_shown();
	assert_int_equal(f.shown, 1);
	assert_int_equal(f.last, 2);
	assert_int_equal(ask(ETHTOOL_MSG_RINGS_GET, NLM_F_DUMP, "lo"), 0);
	count_shown();
	assert_int_equal(f.shown, 0);
}

/* Bits 0, 3, 5 and 11. */
static void a_link_shows_what_it_was_made_with(void **state)
{
	const uint8_t *set, *bits;
	uint32_t n = 0, at = 0;
	struct sea_nl_attr a;

	(void)state;
	assert_int_equal(ask(ETHTOOL_MSG_FEATURES_GET, 0, "eth0"), 0);
	set = attr_of(f.bytes + HDR, f.len - HDR, ETHTOOL_A_FEATURES_ACTIVE);
	assert_non_null(set);
	/* NOMASK, SIZE, then the bits */
	bits = set + 4 + 8 + 4;
	while (sea_nl_next(bits, (uint32_t)(f.bytes + f.len - bits), &at, &a) &&
	       a.type == ETHTOOL_A_BITSET_BITS_BIT && n < 4) {
		static const char *const names[] = { "tx-scatter-gather", "tx-checksum-ip-generic",
						     "highdma", "tx-generic-segmentation" };
		const uint8_t *name = attr_of(a.value, a.len, ETHTOOL_A_BITSET_BIT_NAME);

		assert_non_null(name);
		assert_string_equal((const char *)name, names[n++]);
	}
	assert_int_equal(n, 4);
}

/* -- kinds of links -- */

static struct sea_link *make(const char *kind, const char *name)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = name };
	const struct sea_link_birth how = { .kind = sea_link_kind_find(f.stack, kind) };
	const struct sea_nl_attr tb[IFLA_MAX + 1] = { 0 };
	const struct sea_link_ask nothing = { .tb = tb };
	struct sea_link *link;

	assert_non_null(how.kind);
	assert_int_equal(sea_link_make_as(f.stack, &config, &how, &link), 0);
	if (how.kind->setup)
		assert_int_equal(how.kind->setup(link, &nothing), 0);
	return link;
}

static void speed_is(const char *name, uint32_t speed, uint8_t duplex)
{
	const uint8_t *at;
	uint32_t v;

	assert_int_equal(ask(ETHTOOL_MSG_LINKMODES_GET, 0, name), 0);
	at = attr_of(f.bytes + HDR, f.len - HDR, ETHTOOL_A_LINKMODES_SPEED);
	assert_non_null(at);
	memcpy(&v, at, sizeof(v));
	assert_int_equal(v, speed);
	at = attr_of(f.bytes + HDR, f.len - HDR, ETHTOOL_A_LINKMODES_DUPLEX);
	assert_non_null(at);
	assert_int_equal(*at, duplex);
}

/* Of those that run: as this kernel's. */
static void a_bridge_is_as_fast_as_its_fastest_port(void **state)
{
	struct sea_link *bridge = make("bridge", "br0");

	(void)state;
	speed_is("br0", UINT32_MAX, DUPLEX_UNKNOWN);
	assert_int_equal(sea_link_change_master(f.eth, bridge, NULL), 0);
	speed_is("br0", UINT32_MAX, DUPLEX_UNKNOWN);
	assert_int_equal(sea_link_set_up(f.eth, true, now), 0);
	speed_is("br0", 10000, DUPLEX_UNKNOWN);
	sea_link_set_carrier(f.eth, false, now);
	speed_is("br0", UINT32_MAX, DUPLEX_UNKNOWN);
}

static void a_veth_has_one_queue_each_way(void **state)
{
	struct sea_link *a = make("veth", "a"), *b = make("veth", "b");
	const uint8_t *at;

	(void)state;
	sea_link_join(a, b);
	assert_int_equal(ask(ETHTOOL_MSG_CHANNELS_GET, 0, "a"), 0);
	for (uint16_t type = ETHTOOL_A_CHANNELS_RX_MAX; type <= ETHTOOL_A_CHANNELS_TX_COUNT;
	     type++) {
		at = attr_of(f.bytes + HDR, f.len - HDR, type);
		if (type == ETHTOOL_A_CHANNELS_OTHER_MAX ||
		    type == ETHTOOL_A_CHANNELS_COMBINED_MAX) {
			assert_null(at);
			continue;
		}
		assert_non_null(at);
		assert_int_equal(at[0], 1);
	}
	assert_int_equal(ask(ETHTOOL_MSG_CHANNELS_GET, NLM_F_DUMP, "lo"), 0);
	count_shown();
	assert_int_equal(f.shown, 2);
}

/* A dump that names a link is of that one; of what is a PHY's it is of none. */
static void a_dump_may_be_of_less_than_all(void **state)
{
	(void)state;
	assert_int_equal(ask(ETHTOOL_MSG_TSINFO_GET, NLM_F_DUMP, "eth0"), 0);
	count_shown();
	assert_int_equal(f.shown, 1);
	assert_int_equal(f.last, 2);
	assert_int_equal(ask(36, NLM_F_DUMP, "eth0"), 0); /* ETHTOOL_MSG_PSE_GET */
	count_shown();
	assert_int_equal(f.shown, 0);
	assert_int_equal(ask(ETHTOOL_MSG_MODULE_GET, NLM_F_DUMP, "lo"), 0);
	count_shown();
	assert_int_equal(f.shown, 2);
}

static void nobody_has_rings_or_channels(void **state)
{
	static const uint8_t cmds[] = { ETHTOOL_MSG_DEBUG_GET,    ETHTOOL_MSG_WOL_GET,
					ETHTOOL_MSG_RINGS_GET,    ETHTOOL_MSG_CHANNELS_GET,
					ETHTOOL_MSG_COALESCE_GET, ETHTOOL_MSG_PRIVFLAGS_GET,
					ETHTOOL_MSG_EEE_GET };

	(void)state;
	for (unsigned i = 0; i < sizeof(cmds); i++) {
		assert_int_equal(ask(cmds[i], 0, "eth0"), -EOPNOTSUPP);
		assert_int_equal(ask(cmds[i], 0, "none"), -ENODEV);
	}
}

static int ask_by_ioctl(const char *name, void *data, size_t len)
{
	struct ifreq ifr = { 0 };
	struct sea_ioctl call = { .size = sizeof(call),
				  .request = SIOCETHTOOL,
				  .arg = &ifr,
				  .arg_len = sizeof(ifr),
				  .data = data,
				  .data_len = len };

	memcpy(ifr.ifr_name, name, strlen(name));
	return sea_socket_ioctl(f.stack, f.nl, &call, now);
}

static uint32_t value_of(uint32_t cmd)
{
	struct ethtool_value v = { .cmd = cmd };

	assert_int_equal(ask_by_ioctl("eth0", &v, sizeof(v)), 0);
	return v.data;
}

static void listen_to_news(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	unsigned group = sea_genl_by_name(f.stack, "ethtool")->first_group;

	/* Who has no port hears nothing of what the stack itself says, as on Linux. */
	assert_int_equal(
		sea_socket_bind(f.stack, f.nl, (const struct sockaddr *)&any, sizeof(any), now), 0);
	assert_int_equal(sea_socket_setsockopt(f.stack, f.nl, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
					       &group, sizeof(group), now),
			 0);
}

static void checksums_are_done_without_and_that_is_told(void **state)
{
	struct ethtool_value off = { .cmd = ETHTOOL_STXCSUM };

	(void)state;
	listen_to_news();
	assert_int_equal(value_of(ETHTOOL_GTXCSUM), 1);
	assert_int_equal(ask_by_ioctl("eth0", &off, sizeof(off)), 0);
	assert_int_equal(value_of(ETHTOOL_GTXCSUM), 0);
	assert_int_equal(f.eth->features, 0);
	assert_true(read_one());
	assert_int_equal(f.bytes[sizeof(f.h)], ETHTOOL_MSG_FEATURES_NTF);
	assert_int_equal(ask_by_ioctl("eth0", &off, sizeof(off)), 0);
	assert_false(read_one()); /* nothing changed */
	off.data = 1;
	assert_int_equal(ask_by_ioctl("eth0", &off, sizeof(off)), 0);
	assert_int_equal(f.eth->features, SEA_LINK_F_TX_CSUM);
	assert_true(read_one());
}

static void what_a_link_was_not_made_with_cannot_be_had(void **state)
{
	struct ethtool_value on = { .cmd = ETHTOOL_STSO, .data = 1 };
	uint32_t asked[6] = { ETHTOOL_SFEATURES, 2, 1u << 16 | 1u << 3, 1u << 16 | 1u << 3, 0, 0 };

	(void)state;
	assert_int_equal(ask_by_ioctl("eth0", &on, sizeof(on)), -EOPNOTSUPP);
	assert_int_equal(ask_by_ioctl("lo", &on, sizeof(on)), -EOPNOTSUPP);
	assert_int_equal(ask_by_ioctl("eth0", asked, sizeof(asked)), ETHTOOL_F_UNSUPPORTED);
	assert_int_equal(f.eth->features, SEA_LINK_F_TX_CSUM);
}

static void data_that_is_not_there_is_not_read(void **state)
{
	static const uint32_t cmds[] = {
		ETHTOOL_GDRVINFO,    ETHTOOL_GLINK,     ETHTOOL_GSTRINGS,     ETHTOOL_GSSET_INFO,
		ETHTOOL_GFEATURES,   ETHTOOL_SFEATURES, ETHTOOL_STXCSUM,      ETHTOOL_GPERMADDR,
		ETHTOOL_GET_TS_INFO, ETHTOOL_GSET,      ETHTOOL_GLINKSETTINGS
	};

	(void)state;
	assert_int_equal(ask_by_ioctl("eth0", NULL, 0), -EFAULT);
	for (unsigned i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++)
		for (size_t len = 0; len < 8; len++) {
			uint32_t words[2] = { cmds[i], 2 };

			assert_int_equal(ask_by_ioctl("eth0", words, len), -EFAULT);
		}
}

static void a_link_names_its_driver(void **state)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	(void)state;
	assert_int_equal(ask_by_ioctl("eth0", &info, sizeof(info)), 0);
	assert_string_equal(info.driver, "seastack");
	assert_int_equal(ask_by_ioctl("lo", &info, sizeof(info)), -EOPNOTSUPP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_link_is_there_when_it_is_up_with_a_carrier),
		TEST(a_wire_has_a_speed_and_lo_has_none),
		TEST(a_dump_leaves_out_who_has_it_not),
		TEST(a_link_shows_what_it_was_made_with),
		TEST(nobody_has_rings_or_channels),
		TEST(a_bridge_is_as_fast_as_its_fastest_port),
		TEST(a_veth_has_one_queue_each_way),
		TEST(a_dump_may_be_of_less_than_all),
		TEST(checksums_are_done_without_and_that_is_told),
		TEST(what_a_link_was_not_made_with_cannot_be_had),
		TEST(data_that_is_not_there_is_not_read),
		TEST(a_link_names_its_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
