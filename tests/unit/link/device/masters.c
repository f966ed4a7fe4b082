/* SPDX-License-Identifier: Apache-2.0 */
/* Masters of kinds: who may be whose port, who takes a port's frames, and what is shown of it. */
#include "kinds.h"

#include "netlink/build.h"
#include "netlink/policy.h"

/* A master that counts the frames of its ports, and lets every second one go its own way. */
static struct {
	unsigned n_seen, n_released;
} team;

static void take(struct sea_link *link, struct sea_pkt *pkt)
{
	assert_ptr_equal(link->diversion->ctx, link->master);
	if (team.n_seen++ % 2)
		sea_link_input_own(link, pkt);
	else
		sea_pkt_drop(link->stack, pkt, SEA_DROP_DUMMY);
}

static int enslave(struct sea_link *master, struct sea_link *link, struct sea_nl_extack *extack)
{
	int err;

	if (link->type != SEA_LINK_ETHERNET)
		return sea_nl_complain(extack, -EINVAL, "no");
	err = sea_link_divert(link, take, master);
	if (!err)
		link->master = master;
	return err;
}

static void release(struct sea_link *master, struct sea_link *link)
{
	assert_ptr_equal(link->master, master);
	sea_link_undivert(link);
	link->master = NULL;
	team.n_released++;
}

static int prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		   struct sea_link_config *config, struct sea_link **lower)
{
	(void)stack;
	(void)ask;
	(void)config;
	*lower = NULL;
	return 0;
}

static int xmit(struct sea_link *link, struct sea_pkt *pkt)
{
	sea_pkt_drop(link->stack, pkt, SEA_DROP_DUMMY);
	return 0;
}

static const struct sea_nl_policy slave_policy[2] = { [1] = { .type = SEA_NL_U8 } };
static uint8_t slave_value;

static int slave_change(struct sea_link *link, const struct sea_link_ask *ask)
{
	(void)link;
	slave_value = sea_nl_u8(&ask->data[1]);
	return 0;
}

static void slave_show(const struct sea_link *link, struct sea_nl_out *out)
{
	(void)link;
	sea_nl_put_u8(out, 1, slave_value);
}

static const struct sea_link_kind kind = {
	.name = "team",
	.framing = &sea_framing_soft,
	.xmit = xmit,
	.prepare = prepare,
	.enslave = enslave,
	.release = release,
	.slave_policy = slave_policy,
	.slave_data_max = 1,
	.slave_change = slave_change,
	.slave_show = slave_show,
};

static int make_team(const char *name)
{
	struct message m = making("team", name, NULL, 0);

	if (!sea_link_kind_find(k.f.stack, "team"))
		assert_int_equal(sea_link_kind_add(k.f.stack, &kind), 0);
	memset(&team, 0, sizeof(team));
	return ask(&m);
}

static int give_to(const char *port, const char *master)
{
	return set_u32(port, IFLA_MASTER, master ? (uint32_t)link_of(master)->ifindex : 0);
}

/* -- who -- */

static void a_port_is_of_one_master_and_shown_so(void **state)
{
	struct message m;
	uint8_t info[16];
	uint16_t len;

	(void)state;
	assert_int_equal(make_team("t"), 0);
	assert_int_equal(give_to("lo", "t"), -EINVAL);
	assert_int_equal(give_to("eth0", "t"), 0);
	show("eth0");
	assert_int_equal(u32_of(IFLA_MASTER), link_of("t")->ifindex);
	m = message_of(RTM_NEWLINK, k.eth->ifindex);
	len = put_nlattr(info + 4, 1, "\7", 1);
	put_nlattr(info, IFLA_INFO_SLAVE_DATA, NULL, 0);
	((struct nlattr *)(void *)info)->nla_len = (uint16_t)(4 + len);
	add_attr(&m, IFLA_LINKINFO, info, (uint16_t)(4 + len));
	assert_int_equal(ask(&m), 0);
	assert_int_equal(slave_value, 7);
	assert_int_equal(give_to("eth0", NULL), 0);
	assert_int_equal(team.n_released, 1);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	assert_int_equal(give_to("t", "eth0"), -EOPNOTSUPP);
}

static void a_master_that_cannot_be_leaves_a_port_without_one(void **state)
{
	(void)state;
	assert_int_equal(make_team("t"), 0);
	assert_int_equal(give_to("eth0", "t"), 0);
	assert_int_equal(give_to("eth0", "lo"), -EOPNOTSUPP);
	assert_null(k.eth->master);
	assert_int_equal(give_to("eth0", "t"), 0);
	assert_int_equal(set_u32("eth0", IFLA_MASTER, 99), -EINVAL);
	assert_null(k.eth->master);
	assert_int_equal(team.n_released, 2);
}

static void nothing_stands_above_itself(void **state)
{
	struct message m;

	(void)state;
	assert_int_equal(make_team("t"), 0);
	assert_int_equal(make_team("u"), 0);
	assert_int_equal(give_to("t", "t"), -EBUSY);
	assert_int_equal(give_to("t", "u"), 0);
	assert_int_equal(give_to("u", "t"), -EBUSY);
	m = making_vlan("v", "u", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(give_to("v", "t"), -EBUSY);
	assert_int_equal(give_to("eth0", "t"), 0);
}

static void masters_and_ports_end_in_any_order(void **state)
{
	(void)state;
	assert_int_equal(make_team("t"), 0);
	assert_int_equal(make_team("u"), 0);
	assert_int_equal(give_to("eth0", "t"), 0);
	assert_int_equal(give_to("t", "u"), 0);
	assert_int_equal(delete_link("t"), 0);
	assert_int_equal(team.n_released, 2);
	assert_null(k.eth->master);
	assert_null(k.eth->diversion);
}

/* -- whose frames -- */

static void input_ip(void)
{
	static const struct frame_spec spec = { .payload = 10 };

	input_one(&k.f, frame_pkt(&k.f, &spec), NOW);
}

static void a_ports_frames_are_the_masters_before_they_are_looked_at(void **state)
{
	(void)state;
	assert_int_equal(make_team("t"), 0);
	assert_int_equal(give_to("eth0", "t"), 0);
	assert_int_equal(sea_link_divert(k.eth, take, NULL), -EBUSY);
	input_ip();
	assert_int_equal(arrived.n, 0);
	assert_int_equal(drops(&k.f, SEA_DROP_DUMMY), 1);
	input_ip();
	assert_int_equal(arrived.n, 1);
	assert_int_equal(give_to("eth0", NULL), 0);
	input_ip();
	assert_int_equal(arrived.n, 2);
	assert_int_equal(team.n_seen, 2);
}

static void a_vlan_that_is_a_port_may_keep_its_tags_or_not(void **state)
{
	struct sea_link *v;

	(void)state;
	assert_int_equal(make_team("t"), 0);
	assert_int_equal(make_vlan("v", 5), 0);
	v = link_of("v");
	assert_int_equal(give_to("v", "t"), 0);
	assert_ptr_equal(sea_link_own_framing(v), &sea_framing_soft);
	sea_link_set_framing(v, &sea_framing_ether);
	assert_ptr_equal(v->framing->input, take);
	assert_int_equal(give_to("v", NULL), 0);
	assert_ptr_equal(v->framing, &sea_framing_ether);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup, kinds_teardown)
#define FRAMES(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup_frames, kinds_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_port_is_of_one_master_and_shown_so),
		TEST(a_master_that_cannot_be_leaves_a_port_without_one),
		TEST(nothing_stands_above_itself),
		TEST(masters_and_ports_end_in_any_order),
		FRAMES(a_ports_frames_are_the_masters_before_they_are_looked_at),
		TEST(a_vlan_that_is_a_port_may_keep_its_tags_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
