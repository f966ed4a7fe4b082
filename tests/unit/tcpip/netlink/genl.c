/* SPDX-License-Identifier: Apache-2.0 */
/* Generic netlink, with a family of the test's own. What nlctrl says of others is compared with Linux's elsewhere. */
#include <errno.h>
#include <sys/socket.h>

#include <seastack/modules.h>
#include <seastack/save.h>
#include <seastack/socket.h>

#include "core/stack.h"
#include "netlink/genl.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

#define COUNT 1000
#define HDR 20u /* both headers */

enum { CMD_SAY = 1, CMD_OLD, CMD_COUNT };
enum { ATTR_NUMBER = 1, ATTR_NEST, ATTR_LAST = ATTR_NEST };

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	sea_socket nl;
	uint8_t bytes[4096] __attribute__((aligned(8)));
	size_t len;
	struct nlmsghdr h; /* of the last message */
	unsigned seen[COUNT], n;
} f;

static const sea_time now = { SEA_SEC };

/* -- the family -- */

static const struct sea_genl_family family;

static int say(struct sea_genl_req *r)
{
	uint8_t bytes[64] __attribute__((aligned(8)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	const struct sea_nl_attr *number = &r->attrs[ATTR_NUMBER];

	if (!number->value)
		return sea_nl_missing(r->req->extack, ATTR_NUMBER, NULL);
	sea_genl_answer(&out, r, CMD_SAY);
	sea_nl_put_u32(&out, ATTR_NUMBER, sea_nl_u32(number) + 1);
	assert_true(sea_nl_end(&out));
	return sea_nl_answer(r->req, &out);
}

static int start(struct sea_genl_req *r, struct sea_nl_dump *d)
{
	d->arg[0] = r->attrs[ATTR_NUMBER].value ? sea_nl_u32(&r->attrs[ATTR_NUMBER]) : 0;
	return d->arg[0] > COUNT ? -ERANGE : 0;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	for (; d->arg[0] < COUNT; d->arg[0]++) {
		sea_genl_piece(out, d, &family, CMD_COUNT);
		sea_nl_put_u32(out, ATTR_NUMBER, (uint32_t)d->arg[0]);
		if (!sea_nl_end(out))
			return 1;
	}
	return 0;
}

#define NUMBER                     \
	{                          \
		.type = SEA_NL_U64 \
	}
#define FIVE NUMBER, NUMBER, NUMBER, NUMBER, NUMBER
#define TWENTY FIVE, FIVE, FIVE, FIVE

static const struct sea_nl_policy inner[64] = {
	[1] = TWENTY,
	TWENTY,
	TWENTY,
	[61] = SEA_NL_REFUSED(NULL),
};

static const struct sea_nl_policy policy[ATTR_LAST + 1] = {
	[ATTR_NUMBER] = { .type = SEA_NL_U32 },
	[ATTR_NEST] = SEA_NL_NEST(inner, 63),
};

static const struct sea_genl_op ops[] = {
	{ .cmd = CMD_SAY, .policy = policy, .max_attr = ATTR_LAST, .doit = say },
	{ .cmd = CMD_OLD, .policy = policy, .max_attr = ATTR_LAST, .liberal = true, .doit = say },
	{ .cmd = CMD_COUNT, .policy = policy, .max_attr = ATTR_LAST, .start = start, .dump = dump },
};

static const char *const groups[] = { "one", "two" };

static const struct sea_genl_family family = {
	.name = "test",
	.version = 3,
	.max_attr = ATTR_LAST,
	.ops = ops,
	.n_ops = 3,
	.groups = groups,
	.n_groups = 2,
};

static int init(struct sea_stack *stack, void **state)
{
	*state = NULL;
	sea_genl_add(stack, &family);
	return 0;
}

static void fini(struct sea_stack *stack, void *state)
{
	(void)stack;
	(void)state;
}

/* In the place of one that is not here. */
static const struct sea_module test_family = {
	.name = "test", .id = SEA_MODULE_TCP_METRICS, .init = init, .fini = fini
};

static const struct sea_module *const modules[] = { &sea_netlink, &sea_generic_netlink,
						    &test_family };

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 3, &f.stack), 0);
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

struct message {
	struct nlmsghdr h;
	struct genlmsghdr g;
	uint8_t attrs[256];
};

static struct message message_of(uint16_t type, uint8_t cmd, uint16_t flags)
{
	return (struct message){
		.h = { .nlmsg_len = HDR, .nlmsg_type = type, .nlmsg_flags = flags | NLM_F_REQUEST },
		.g = { .cmd = cmd, .version = 1 }
	};
}

static void add_attr(struct message *m, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };
	uint8_t *at = (uint8_t *)m + m->h.nlmsg_len;

	memcpy(at, &a, sizeof(a));
	memcpy(at + sizeof(a), value, len);
	m->h.nlmsg_len += (a.nla_len + 3u) & ~3u;
}

static bool read_piece(void)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(f.stack, f.nl, &m, 0, now);

	f.len = n > 0 ? (size_t)n : 0;
	if (f.len >= sizeof(f.h))
		memcpy(&f.h, f.bytes, sizeof(f.h));
	return f.len;
}

static void send_one(const struct message *m)
{
	struct iovec iov = { (void *)(uintptr_t)m, m->h.nlmsg_len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert_int_equal(sea_socket_sendmsg(f.stack, f.nl, &msg, 0, now), m->h.nlmsg_len);
}

/* What the answer says: 0 where it is none of an error. */
static int ask(const struct message *m)
{
	int err = 0;

	send_one(m);
	assert_true(read_piece());
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

static uint32_t number_at(const uint8_t *bytes)
{
	uint32_t v;

	assert_non_null(bytes);
	memcpy(&v, bytes, sizeof(v));
	return v;
}

static uint16_t id_of(const char *name)
{
	struct message m = message_of(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	uint16_t id;

	add_attr(&m, CTRL_ATTR_FAMILY_NAME, name, (uint16_t)(strlen(name) + 1));
	if (ask(&m))
		return 0;
	memcpy(&id, attr_of(f.bytes + HDR, f.len - HDR, CTRL_ATTR_FAMILY_ID), sizeof(id));
	return id;
}

/* The messages of a dump until its end: each is given to `take`. */
static void read_dump(void (*take)(const uint8_t *attrs, uint32_t len))
{
	bool done = false;

	while (!done && read_piece())
		for (size_t at = 0; at < f.len;) {
			memcpy(&f.h, f.bytes + at, sizeof(f.h));
			done = f.h.nlmsg_type == NLMSG_DONE;
			if (!done)
				take(f.bytes + at + HDR, f.h.nlmsg_len - HDR);
			at += (f.h.nlmsg_len + 3) & ~3u;
		}
	assert_true(done);
}

static void take_number(const uint8_t *attrs, uint32_t len)
{
	uint32_t v = number_at(attr_of(attrs, len, ATTR_NUMBER));

	assert_true(v < COUNT);
	f.seen[v]++;
}

static void take_any(const uint8_t *attrs, uint32_t len)
{
	(void)attrs;
	assert_true(len > 0);
	f.n++;
}

/* -- tests -- */

static void numbers_are_given_behind_those_of_linux(void **state)
{
	const uint8_t *all;

	(void)state;
	assert_int_equal(id_of("nlctrl"), 16);
	assert_int_equal(id_of("other"), 0);
	assert_int_equal(id_of("test"), 19);
	assert_int_equal(sea_genl_id(f.stack, &family), 19);
	all = attr_of(f.bytes + HDR, f.len - HDR, CTRL_ATTR_MCAST_GROUPS);
	assert_non_null(all);
	/* the first: its number, in front of its name */
	assert_int_equal(number_at(all + 8), sea_genl_group(f.stack, &family, 0));
	assert_string_equal((const char *)all + 16, "one");
	assert_int_equal(sea_genl_group(f.stack, &family, 0), 2);
	assert_int_equal(sea_genl_group(f.stack, &family, 1), 3);
	assert_int_equal(sea_genl_group(f.stack, &family, 2), 0);
}

static void a_command_is_answered_in_the_familys_name(void **state)
{
	struct message m = message_of(19, CMD_SAY, 0);
	const uint32_t v = 41;

	(void)state;
	add_attr(&m, ATTR_NUMBER, &v, sizeof(v));
	assert_int_equal(ask(&m), 0);
	assert_int_equal(f.h.nlmsg_type, 19);
	assert_int_equal(f.bytes[16], CMD_SAY);
	assert_int_equal(f.bytes[17], 3);
	assert_int_equal(number_at(attr_of(f.bytes + HDR, f.len - HDR, ATTR_NUMBER)), 42);
}

static void only_old_commands_take_what_nobody_knows(void **state)
{
	const uint32_t v = 1;

	(void)state;
	for (uint8_t cmd = CMD_SAY; cmd <= CMD_OLD; cmd++) {
		struct message m = message_of(19, cmd, 0);

		assert_int_equal(ask(&m), -EINVAL); /* the number is missing */
		add_attr(&m, ATTR_NUMBER, &v, sizeof(v));
		add_attr(&m, 9, &v, sizeof(v));
		assert_int_equal(ask(&m), cmd == CMD_OLD ? 0 : -EINVAL);
	}
}

static void what_is_not_there_is_refused(void **state)
{
	struct message m = message_of(20, CMD_SAY, 0);

	(void)state;
	assert_int_equal(ask(&m), -ENOENT);
	m = message_of(19, CMD_COUNT + 1, 0);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = message_of(19, CMD_COUNT, 0); /* can only be dumped */
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = message_of(19, CMD_SAY, NLM_F_DUMP);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = message_of(19, CMD_SAY, 0);
	m.g.reserved = 1;
	assert_int_equal(ask(&m), -EINVAL);
	m = message_of(19, CMD_SAY, NLM_F_MATCH);
	assert_int_equal(ask(&m), -EINVAL);
	m = message_of(19, CMD_SAY, 0);
	m.h.nlmsg_len = HDR - 1;
	assert_int_equal(ask(&m), -EINVAL);
}

static void a_dump_that_cannot_begin_says_why(void **state)
{
	struct message m = message_of(19, CMD_COUNT, NLM_F_DUMP);
	const uint32_t v = COUNT + 1;

	(void)state;
	add_attr(&m, ATTR_NUMBER, &v, sizeof(v));
	assert_int_equal(ask(&m), -ERANGE);
	m = message_of(19, CMD_COUNT, NLM_F_DUMP);
	add_attr(&m, 9, &v, sizeof(v));
	assert_int_equal(ask(&m), -EINVAL);
}

static void a_dump_goes_on_after_a_restore(void **state)
{
	struct message m = message_of(19, CMD_COUNT, NLM_F_DUMP);
	struct snapshot snap = { 0 };
	struct sea_stack *restored;
	const uint32_t v = 10;

	(void)state;
	add_attr(&m, ATTR_NUMBER, &v, sizeof(v));
	send_one(&m);
	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 3, false, snapshot_read, &snap,
					&restored),
			 0);
	snapshot_free(&snap);
	f.stack = restored;
	read_dump(take_number);
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(f.seen[i], i >= v);
}

/* Three commands; the attributes of both policies, but those of which there is nothing to say. In many pieces. */
static void policies_are_told_once_however_many_commands_have_them(void **state)
{
	struct message m = message_of(GENL_ID_CTRL, CTRL_CMD_GETPOLICY, NLM_F_DUMP);
	const uint16_t id = 19;
	const uint32_t op = CMD_COUNT + 1;

	(void)state;
	add_attr(&m, CTRL_ATTR_FAMILY_ID, &id, sizeof(id));
	send_one(&m);
	read_dump(take_any);
	assert_int_equal(f.n, 3 + 2 + 60);
	add_attr(&m, CTRL_ATTR_OP, &op, sizeof(op));
	assert_int_equal(ask(&m), -ENOENT);
}

static void who_is_in_the_group_hears_of_its_news(void **state)
{
	const struct sockaddr_nl name = { .nl_family = AF_NETLINK };
	uint8_t bytes[64] __attribute__((aligned(8)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	unsigned group = sea_genl_group(f.stack, &family, 1);

	(void)state;
	assert_int_equal(sea_socket_bind(f.stack, f.nl, (const struct sockaddr *)&name,
					 sizeof(name), now),
			 0);
	assert_false(sea_nl_has_listeners(f.stack, NETLINK_GENERIC, group));
	assert_int_equal(sea_socket_setsockopt(f.stack, f.nl, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
					       &group, sizeof(group), now),
			 0);
	assert_true(sea_nl_has_listeners(f.stack, NETLINK_GENERIC, group));
	sea_genl_begin(&out, f.stack, &family, 0, 0, 0, CMD_SAY);
	assert_true(sea_nl_end(&out));
	sea_stack_enter(f.stack, now);
	sea_nl_notify(f.stack, NETLINK_GENERIC, group - 1, &out, NULL);
	sea_nl_notify(f.stack, NETLINK_GENERIC, group, &out, NULL);
	sea_stack_leave(f.stack);
	assert_true(read_piece());
	assert_int_equal(f.h.nlmsg_type, 19);
	assert_false(read_piece());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_given_behind_those_of_linux),
		TEST(a_command_is_answered_in_the_familys_name),
		TEST(only_old_commands_take_what_nobody_knows),
		TEST(what_is_not_there_is_refused),
		TEST(a_dump_that_cannot_begin_says_why),
		TEST(a_dump_goes_on_after_a_restore),
		TEST(policies_are_told_once_however_many_commands_have_them),
		TEST(who_is_in_the_group_hears_of_its_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
