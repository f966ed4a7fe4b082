/* SPDX-License-Identifier: Apache-2.0 */
/* Ephemeral ports (RFC 6056): order, parity, sequences nobody can guess. */
#include "tests/lib/snapshot.h"
#include "tests/lib/udp_peer.h"

#include "core/sock.h"
#include "ip/ipv4.h"
#include "transport/ports.h"

struct taken {
	uint8_t ports[65536];
	unsigned asked;
};

static bool is_free(void *ctx, uint16_t port)
{
	struct taken *taken = ctx;

	taken->asked++;
	return !taken->ports[port];
}

struct fixture {
	struct test_stack t;
	struct sea_ports ports;
	struct sea_sock sock;
	struct taken taken;
};

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4 };
	struct fixture *f = calloc(1, sizeof(*f));

	test_stack_new(&f->t, modules, 1);
	sea_ports_init(&f->ports, f->t.stack);
	f->sock.stack = f->t.stack;
	f->sock.more = &sea_sock_plain;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sea_ports_fini(&f->ports);
	test_stack_free(&f->t);
	free(f);
	return 0;
}

static uint16_t pick(struct fixture *f, enum sea_port_use use, uint8_t host)
{
	const struct sea_endpoint peer = { .family = AF_INET,
					   .port = 80,
					   .addr = { 10, 0, 0, host } };

	return sea_ports_pick(&f->ports, use, &f->sock, &peer, is_free, &f->taken);
}

static void set_range(struct fixture *f, const char *range)
{
	assert_int_equal(
		sea_sysctl_set(f->t.stack, "net.ipv4.ip_local_port_range", range, f->t.now), 0);
}

/* Takes all ports of a range; those of `first` parity come first when it is 0 or 1. */
static void take_all(struct fixture *f, enum sea_port_use use, unsigned low, unsigned n, int first)
{
	for (unsigned i = 0; i < n; i++) {
		uint16_t port = pick(f, use, 2);

		assert_in_range(port, low, low + n - 1);
		assert_false(f->taken.ports[port]);
		if (first >= 0)
			assert_int_equal(port & 1, i < n / 2 ? first : !first);
		f->taken.ports[port] = 1;
	}
	assert_int_equal(pick(f, use, 2), 0);
	for (unsigned i = 0; i < n; i++)
		f->taken.ports[low + i] = 0;
}

static void every_port_of_the_range_is_found(void **state)
{
	struct fixture *f = *state;

	set_range(f, "40000 40009");
	take_all(f, SEA_PORT_ANY, 40000, 10, -1);
	take_all(f, SEA_PORT_BIND, 40000, 10, 1);
	take_all(f, SEA_PORT_CONNECT, 40000, 10, 0);
	set_range(f, "40000 40000");
	take_all(f, SEA_PORT_ANY, 40000, 1, -1);
	take_all(f, SEA_PORT_CONNECT, 40000, 1, -1);
}

/* RFC 6056 §3.3.4: consecutive for one destination, unrelated for another. */
static void connections_to_one_place_take_ports_in_turn(void **state)
{
	struct fixture *f = *state;
	uint16_t last = pick(f, SEA_PORT_CONNECT, 2), other = pick(f, SEA_PORT_CONNECT, 3);

	assert_int_not_equal(last, other);
	for (unsigned i = 0; i < 200; i++) {
		uint16_t port = pick(f, SEA_PORT_CONNECT, 2);
		uint32_t step = (uint32_t)(port - last + 28232) % 28232;

		assert_int_equal(port & 1, 0);
		assert_true(step == 2 || step == 4);
		last = port;
	}
}

static void reserve(struct fixture *f, const char *ports)
{
	assert_int_equal(
		sea_sysctl_set(f->t.stack, "net.ipv4.ip_local_reserved_ports", ports, f->t.now), 0);
}

static void reserved_ports_are_given_to_nobody(void **state)
{
	struct fixture *f = *state;
	char text[64];

	set_range(f, "40000 40009");
	reserve(f, "40001-40003,65535,40007");
	assert_int_equal(sea_sysctl_get(f->t.stack, "net.ipv4.ip_local_reserved_ports", text, 64),
			 23);
	assert_string_equal(text, "40001-40003,40007,65535");
	for (enum sea_port_use use = SEA_PORT_ANY; use <= SEA_PORT_CONNECT; use++) {
		memset(&f->taken, 0, sizeof(f->taken));
		for (unsigned i = 0; i < 6; i++) {
			uint16_t port = pick(f, use, 2);

			assert_int_not_equal(port, 0);
			assert_false(port == 40007 || (port >= 40001 && port <= 40003));
			f->taken.ports[port] = 1;
		}
		assert_int_equal(pick(f, use, 2), 0);
	}
	reserve(f, "\n");
	assert_int_not_equal(pick(f, SEA_PORT_CONNECT, 2), 0);
}

static void without_memory_no_port_is_reserved(void **state)
{
	struct fixture *f = *state;

	sea_pool_trim(&f->t.stack->shard.pool);
	test_env_fail_at(&f->t.env, 1);
	assert_int_equal(sea_sysctl_set(f->t.stack, "net.ipv4.ip_local_reserved_ports", "1-9",
					f->t.now),
			 -ENOMEM);
	test_env_fail_at(&f->t.env, 0);
	assert_null(sea_ipv4_of(f->t.stack)->sysctl.ip_local_reserved_ports);
}

static void reserved_ports_are_saved(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4 };
	struct fixture *f = *state;
	struct snapshot s = { 0 };
	struct sea_stack *copy;
	char text[8];

	reserve(f, "7,9-10");
	assert_int_equal(sea_stack_save(f->t.stack, snapshot_write, &s), 0);
	assert_int_equal(sea_stack_load(NULL, &f->t.env.env, modules, 1, false, snapshot_read, &s,
					&copy),
			 0);
	assert_int_equal(sea_sysctl_get(copy, "net.ipv4.ip_local_reserved_ports", text, 8), 6);
	assert_string_equal(text, "7,9-10");
	sea_stack_free(copy);
	snapshot_free(&s);
}

static void key_changes_after_ten_minutes(void **state)
{
	struct fixture *f = *state;
	struct sea_siphash_key before = f->ports.key;

	(void)pick(f, SEA_PORT_CONNECT, 2);
	assert_memory_equal(&before, &f->ports.key, sizeof(before));
	test_advance(&f->t, 601 * SEA_SEC);
	(void)pick(f, SEA_PORT_CONNECT, 2);
	assert_memory_not_equal(&before, &f->ports.key, sizeof(before));
}

static void without_memory_ports_are_still_found(void **state)
{
	struct fixture *f = *state;

	sea_pool_trim(&f->t.stack->shard.pool);
	test_env_fail_at(&f->t.env, 1);
	assert_int_not_equal(pick(f, SEA_PORT_CONNECT, 2), 0);
	test_env_fail_at(&f->t.env, 0);
	assert_null(f->ports.counters);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(every_port_of_the_range_is_found),
		T(reserved_ports_are_given_to_nobody),
		T(without_memory_no_port_is_reserved),
		T(reserved_ports_are_saved),
		T(connections_to_one_place_take_ports_in_turn),
		T(key_changes_after_ten_minutes),
		T(without_memory_ports_are_still_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
