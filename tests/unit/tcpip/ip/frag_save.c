/* SPDX-License-Identifier: Apache-2.0 */
/* Unfinished datagrams of a stack that was written out and made again; datagrams cut at random. */
#include <errno.h>

#include <seastack/save.h>

#include "fragments.h"
#include "ip/ipv4.h"
#include "tests/lib/snapshot.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };

static int setup(void **state)
{
	memset(&heard, 0, sizeof(heard));
	make_content();
	test_stack_new(&t, modules, 1);
	test_know_peer(&t);
	sea_stack_add_ip_proto(t.stack, &listener);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* -- saving -- */

static void save(struct snapshot *s)
{
	assert_int_equal(sea_stack_save(t.stack, snapshot_write, s), 0);
}

static int load(struct snapshot *s, bool fresh, struct sea_stack **stack)
{
	s->at = 0;
	return sea_stack_load(NULL, &t.env.env, modules, 1, fresh, snapshot_read, s, stack);
}

/* The stack is another one now, made of what was saved. */
static void move_house(bool fresh)
{
	struct snapshot s = { 0 }, again = { 0 };
	struct sea_stack *stack;

	save(&s);
	assert_int_equal(load(&s, fresh, &stack), 0);
	sea_stack_free(t.stack);
	t.stack = stack;
	t.link = sea_link_next(stack, sea_link_next(stack, NULL));
	sea_stack_add_ip_proto(stack, &listener);
	if (!fresh) {
		save(&again);
		assert_int_equal(s.len, again.len);
		assert_memory_equal(s.bytes, again.bytes, s.len);
	}
	snapshot_free(&s);
	snapshot_free(&again);
}

static void begin_some(void)
{
	piece(1, 8, 16, true);
	piece(1, 0, 8, true);
	piece(1, 24, 32, false);
	piece_of((struct test_ip){ .id = 2, .src = "10.0.0.3", .frag = SEA_IPV4_DF }, 0, 1480,
		 true);
	piece(3, 3000, 3016, true);
}

static void finish_them(void)
{
	piece(1, 0, 16, true); /* covers two runs that were two before, too */
	assert_int_equal(count(SEA_MIB_IpExtReasmOverlaps), 1);
	piece_of((struct test_ip){ .id = 2, .src = "10.0.0.3" }, 1480, 2000, false);
	expect_heard(2000);
	assert_int_equal(heard.rx.frag_max, 1500);
	assert_int_equal(heard.charged, 2304 + 1280);
	test_advance(&t, 30 * SEA_SEC);
	assert_int_equal(count(SEA_MIB_IpReasmTimeout), 1);
	assert_int_equal(sea_ipv4_of(t.stack)->frags.charged, 0);
}

static void unfinished_datagrams_survive_a_save(void **state)
{
	begin_some();
	move_house(false);
	finish_them();
}

static void unfinished_datagrams_survive_with_fresh_secrets(void **state)
{
	begin_some();
	move_house(true);
	finish_them();
}

static void time_runs_on_and_the_first_fragment_is_quoted(void **state)
{
	const uint8_t *payload;
	size_t len;

	piece(1, 0, 16, true);
	test_advance(&t, 20 * SEA_SEC);
	move_house(false);
	test_know_peer(&t);
	test_advance(&t, 10 * SEA_SEC - 1);
	assert_null(test_take(&t));
	test_advance(&t, 1);
	test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &payload, &len);
	assert_int_equal(len, 8 + 20 + 16);
	assert_memory_equal(payload + 28, content, 16);
}

static void broken_or_cut_save_leaves_nothing(void **state)
{
	struct snapshot s = { 0 };
	struct sea_stack *stack;
	size_t whole, live;

	begin_some();
	save(&s);
	whole = s.len;
	live = t.env.live;
	for (size_t len = whole - 2500; len < whole; len++) {
		s.len = len;
		assert_int_not_equal(load(&s, false, &stack), 0);
		assert_int_equal(t.env.live, live);
	}
	s.len = whole;
	for (size_t at = whole - 2500; at < whole; at += 3) {
		s.bytes[at] ^= 0x5a;
		if (load(&s, false, &stack) == 0)
			sea_stack_free(stack);
		assert_int_equal(t.env.live, live);
		s.bytes[at] ^= 0x5a;
	}
	snapshot_free(&s);
}

static void each_failing_allocation_is_survived(void **state)
{
	for (unsigned nth = 1; nth < 40; nth++) {
		test_env_fail_at(&t.env, nth);
		piece((uint16_t)nth, 16, 32, false);
		piece((uint16_t)nth, 0, 16, true);
		test_env_fail_at(&t.env, 0);
		if (heard.n)
			expect_heard(32);
	}
	test_advance(&t, 31 * SEA_SEC);
	assert_int_equal(sea_ipv4_of(t.stack)->frags.charged, 0);
}

/* -- cut at random -- */

static uint64_t seed;

static uint32_t below(uint32_t n)
{
	return (uint32_t)(test_random(&seed) % n);
}

struct cut {
	uint16_t from, to;
	bool more;
};

static unsigned cut_up(struct cut *cuts, uint32_t len, uint32_t max_units)
{
	unsigned n = 0;

	for (uint32_t at = 0; at < len; n++) {
		uint32_t to = at + 8 * (1 + below(max_units));

		if (to > len)
			to = len;
		cuts[n] = (struct cut){ (uint16_t)at, (uint16_t)to, to < len };
		at = to;
	}
	return n;
}

static void shuffle(struct cut *cuts, unsigned n)
{
	for (unsigned i = n; i > 1; i--) {
		unsigned k = below(i);
		struct cut c = cuts[i - 1];

		cuts[i - 1] = cuts[k];
		cuts[k] = c;
	}
}

/* Whole, in any order, with repetitions of what was sent: the same bytes. */
static void datagrams_cut_at_random_come_out_whole(void **state)
{
	static struct cut cuts[8192];

	seed = 20260729;
	for (uint16_t id = 0; id < 300; id++) {
		uint32_t len = 1 + below(below(2) ? 65500 : 3000);
		unsigned n = cut_up(cuts, len,
				    1 + len / 8192 + below(185)); /* within one peer's share */

		if (below(3))
			shuffle(cuts, n);
		for (unsigned i = 0; i < n; i++) {
			piece(id, cuts[i].from, cuts[i].to, cuts[i].more);
			if (i + 1 < n && below(4) == 0) {
				unsigned k = below(i + 1);

				piece(id, cuts[k].from, cuts[k].to, cuts[k].more);
			}
		}
		expect_heard(len);
	}
	assert_int_equal(sea_ipv4_of(t.stack)->frags.charged, 0);
}

/* Pieces at any place: what comes out is a datagram that the pieces spell, or nothing does. */
static void pieces_at_random_never_make_other_bytes(void **state)
{
	unsigned whole = 0;

	seed = 42;
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t from = 8 * below(12), to = from + 1 + below(40);
		bool more = below(4);

		if (more)
			to = from + 8 * ((to - from + 7) / 8);
		piece((uint16_t)below(3), from, to, more);
		if (!heard.n)
			continue;
		whole++;
		expect_heard(heard.len);
	}
	assert_true(whole > 100);
	assert_true(count(SEA_MIB_IpExtReasmOverlaps) > 100);
	assert_true(count(SEA_MIB_IpReasmFails) > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		T(unfinished_datagrams_survive_a_save),
		T(unfinished_datagrams_survive_with_fresh_secrets),
		T(time_runs_on_and_the_first_fragment_is_quoted),
		T(broken_or_cut_save_leaves_nothing),
		T(each_failing_allocation_is_survived),
		T(datagrams_cut_at_random_come_out_whole),
		T(pieces_at_random_never_make_other_bytes),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
