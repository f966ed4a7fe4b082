/* SPDX-License-Identifier: Apache-2.0 */
#include "core/abi.h"

#include <seastack/link.h>
#include <seastack/socket.h>
#include <seastack/stats.h>

#include "tests/lib/stack_fixture.h"

#define CANARY 0xa5
#define NEWER 40 /* bytes that a later header has more */

static struct test_stack t;

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp };
	sea_socket sock;

	test_stack_new(&t, modules, 2);
	test_know_peer(&t);
	return sea_socket_new(t.stack, AF_INET, SOCK_DGRAM, 0, &sock, t.now);
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* -- the public calls that fill a struct -- */

static bool fill_link(void *to)
{
	sea_link_info(t.link, to);
	return true;
}

static bool fill_memory(void *to)
{
	sea_stack_memory(t.stack, to);
	return true;
}

static bool fill_socket(void *to)
{
	uint64_t cursor = 0;

	return sea_socket_next(t.stack, &cursor, to) && cursor;
}

static bool fill_ifaddr(void *to)
{
	uint64_t cursor = 0;

	return sea_ifaddr_next(t.stack, &cursor, to) && cursor;
}

static bool fill_route(void *to)
{
	struct sea_route_cursor cursor = { { 0 } };

	return sea_route_next(t.stack, &cursor, to) && cursor.place[0];
}

static bool fill_neigh(void *to)
{
	uint64_t cursor = 0;

	return sea_neigh_next(t.stack, &cursor, to) && cursor;
}

static const struct filler {
	bool (*fill)(void *to);
	size_t size;
} fillers[] = {
	{ fill_link, sizeof(struct sea_link_info) },
	{ fill_memory, sizeof(struct sea_memory) },
	{ fill_socket, sizeof(struct sea_socket_info) },
	{ fill_ifaddr, sizeof(struct sea_ifaddr) },
	{ fill_route, sizeof(struct sea_route) },
	{ fill_neigh, sizeof(struct sea_neigh_info) },
};

#define EACH_FILLER(f)                                                                           \
	for (const struct filler *f = fillers; f < fillers + sizeof(fillers) / sizeof(*fillers); \
	     f++)

union room {
	size_t size;
	uint8_t b[1024];
};

static void fill(const struct filler *f, union room *room, size_t size)
{
	memset(room, CANARY, sizeof(*room));
	room->size = size;
	assert_true(f->size + NEWER < sizeof(*room));
	assert_true(f->fill(room));
	assert_int_equal(room->size, size);
}

static void expect_bytes(const union room *room, size_t from, size_t to, uint8_t value)
{
	for (size_t i = from; i < to; i++)
		assert_int_equal(room->b[i], value);
}

/* -- */

static void an_older_callers_canary_stays_untouched(void **state)
{
	union room room;

	EACH_FILLER(f)
	for (size_t size = sizeof(size_t); size <= f->size; size += 4) {
		fill(f, &room, size);
		expect_bytes(&room, size, sizeof(room), CANARY);
		/* No number of these structs is all canary. */
		for (size_t at = sizeof(size_t); at + 4 <= size; at += 4)
			assert_int_not_equal(sea_get32(room.b + at), 0xa5a5a5a5);
	}
}

static void a_newer_callers_extra_is_zero(void **state)
{
	union room room;

	EACH_FILLER(f)
	{
		fill(f, &room, f->size + NEWER);
		expect_bytes(&room, f->size, f->size + NEWER, 0);
		expect_bytes(&room, f->size + NEWER, sizeof(room), CANARY);
	}
}

static void a_forgotten_size_gets_nothing(void **state)
{
	union room room;

	EACH_FILLER(f)
	{
		fill(f, &room, 0);
		expect_bytes(&room, sizeof(size_t), sizeof(room), CANARY);
	}
}

static void what_fits_is_the_answer(void **state)
{
	struct sea_link_info link = { .size = offsetof(struct sea_link_info, mtu) };
	struct sea_neigh_info neigh = { .size = sizeof(neigh) };
	uint64_t cursor = 0;

	sea_link_info(t.link, &link);
	assert_int_equal(link.ifindex, t.link->ifindex);
	assert_string_equal(link.name, "eth0");
	assert_memory_equal(link.mac, test_our_mac.b, 6);
	assert_int_equal(link.mtu, 0);
	assert_true(sea_neigh_next(t.stack, &cursor, &neigh));
	assert_memory_equal(neigh.mac, test_peer_mac.b, 6);
	assert_false(sea_neigh_next(t.stack, &cursor, &neigh));
}

/* A size that ends within the size itself asks for nothing, either. */
static void no_size_is_too_small(void **state)
{
	const struct {
		size_t size;
		uint8_t b[16];
	} ours = { sizeof(ours), "0123456789abcde" };
	union room room;

	for (size_t size = 0; size <= sizeof(ours); size++) {
		size_t n = size > sizeof(size_t) ? size - sizeof(size_t) : 0;

		memset(&room, CANARY, sizeof(room));
		room.size = size;
		sea_abi_fill(&room, &ours, sizeof(ours));
		assert_int_equal(room.size, size);
		assert_memory_equal(room.b + sizeof(size_t), ours.b, n);
		expect_bytes(&room, sizeof(size_t) + n, sizeof(room), CANARY);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_older_callers_canary_stays_untouched),
		TEST(a_newer_callers_extra_is_zero),
		TEST(a_forgotten_size_gets_nothing),
		TEST(what_fits_is_the_answer),
		TEST(no_size_is_too_small),
	};

	return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
