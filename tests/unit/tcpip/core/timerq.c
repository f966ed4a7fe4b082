/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/list.h"
#include "core/timerq.h"
#include "tests/lib/env.h"

/* What fired, in order: the numbers of the timers. */
struct entry {
	struct sea_timer timer;
	unsigned number;
	uint64_t armed; /* the model's: when, in order; 0: not armed */
	int64_t deadline;
};

static struct sea_timerq q;
static struct test_env e;
static unsigned fired[4096], n_fired;
static struct entry entries[400];

static sea_time at(int64_t ns)
{
	return (sea_time){ ns };
}

static void note(struct sea_timer *timer, sea_time now)
{
	struct entry *entry = sea_container(timer, struct entry, timer);

	assert_false(sea_timer_armed(timer));
	fired[n_fired++ % 4096] = entry->number;
}

static int set_up(void **state)
{
	test_env_init(&e);
	sea_timerq_init(&q, &e.env);
	n_fired = 0;
	for (unsigned i = 0; i < 400; i++) {
		entries[i] = (struct entry){ .number = i };
		sea_timer_init(&entries[i].timer, note);
	}
	return 0;
}

static void arm(unsigned i, int64_t ns)
{
	sea_timer_arm(&q, &entries[i].timer, at(ns));
}

static void expect_fired(unsigned n, const unsigned *numbers)
{
	assert_int_equal(n_fired, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(fired[i], numbers[i]);
	n_fired = 0;
}

#define EXPECT_FIRED(...)                                                    \
	expect_fired(sizeof((unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned), \
		     (unsigned[]){ __VA_ARGS__ })

static void an_empty_queue_has_no_deadline_and_fires_nothing(void **state)
{
	assert_true(sea_time_is_never(sea_timerq_deadline(&q)));
	assert_int_equal(sea_timerq_run(&q, at(INT64_MAX - 1), 10), 0);
	sea_timer_remove(&q, &entries[0].timer);
	sea_timer_cancel(&entries[0].timer);
	assert_int_equal(q.n, 0);
}

static void timers_fire_at_their_deadline_and_not_before(void **state)
{
	arm(0, 30);
	arm(1, 10);
	arm(2, 20);
	assert_int_equal(sea_timerq_deadline(&q).ns, 10);
	assert_int_equal(sea_timerq_run(&q, at(9), 10), 0);
	assert_int_equal(sea_timerq_run(&q, at(10), 10), 1);
	EXPECT_FIRED(1);
	assert_int_equal(sea_timerq_deadline(&q).ns, 20);
	assert_int_equal(sea_timerq_run(&q, at(99), 10), 2);
	EXPECT_FIRED(2, 0);
	assert_true(sea_time_is_never(sea_timerq_deadline(&q)));
	assert_int_equal(q.n, 0);
}

static void equal_deadlines_fire_in_the_order_they_were_armed(void **state)
{
	unsigned order[400];

	for (unsigned i = 0; i < 400; i++) {
		order[i] = i * 7 % 400;
		arm(order[i], 5);
	}
	assert_int_equal(sea_timerq_run(&q, at(5), 1000), 400);
	expect_fired(400, order);
}

static void a_timer_armed_again_takes_its_turn_behind_its_equals(void **state)
{
	arm(0, 5);
	arm(1, 9);
	arm(0, 9); /* lazily, from a place in front of 1 */
	arm(2, 9);
	arm(3, 9);
	sea_timer_cancel(&entries[3].timer);
	arm(4, 9);
	arm(3, 9); /* back to the place where it still stands */
	arm(1, 9); /* changes nothing */
	sea_timerq_run(&q, at(9), 10);
	EXPECT_FIRED(1, 0, 2, 4, 3);
}

static void a_timer_armed_again_in_its_old_place_leaves_those_below_it_ahead(void **state)
{
	for (unsigned i = 0; i < 20; i++)
		arm(i, 9);
	assert_int_equal(sea_timerq_deadline(&q).ns, 9);
	for (unsigned i = 0; i < 19; i++) {
		sea_timer_cancel(&entries[i].timer);
		arm(i, 9);
	}
	sea_timerq_run(&q, at(9), 1);
	EXPECT_FIRED(19);
	sea_timerq_run(&q, at(9), 5);
	EXPECT_FIRED(0, 1, 2, 3, 4);
}

static void a_deadline_pushed_out_does_not_touch_the_heap(void **state)
{
	struct sea_timer *root, *child;

	arm(0, 10);
	arm(1, 20);
	arm(2, 30);
	assert_int_equal(sea_timerq_deadline(&q).ns, 10);
	root = q.root;
	child = root->child;
	for (int64_t ns = 11; ns < 1000; ns++) {
		arm(0, ns);
		assert_ptr_equal(q.root, root);
		assert_ptr_equal(root->child, child);
		assert_int_equal(root->queued.ns, 10);
		assert_int_equal(q.n_fresh, 0);
	}
	assert_int_equal(sea_timerq_deadline(&q).ns, 20);
	sea_timerq_run(&q, at(998), 10);
	EXPECT_FIRED(1, 2);
	sea_timerq_run(&q, at(999), 10);
	EXPECT_FIRED(0);
}

static void a_deadline_brought_forward_counts_at_once(void **state)
{
	for (unsigned i = 0; i < 50; i++)
		arm(i, 100 + i);
	arm(30, 7);
	assert_int_equal(sea_timerq_deadline(&q).ns, 7);
	arm(30, 6);
	assert_int_equal(sea_timerq_deadline(&q).ns, 6);
	sea_timerq_run(&q, at(50), 10);
	EXPECT_FIRED(30);
}

static void cancelled_timers_neither_fire_nor_hold_up_the_deadline(void **state)
{
	arm(0, 10);
	arm(1, 20);
	arm(2, 30);
	sea_timer_cancel(&entries[0].timer);
	arm(1, INT64_MAX);
	assert_int_equal(sea_timerq_deadline(&q).ns, 30);
	assert_int_equal(q.n, 1);
	sea_timerq_run(&q, at(100), 10);
	EXPECT_FIRED(2);
}

static void a_removed_timer_leaves_no_trace_wherever_it_stood(void **state)
{
	for (unsigned victim = 0; victim < 40; victim++) {
		struct entry *entry = malloc(sizeof(*entry));

		entry->number = 1000;
		sea_timer_init(&entry->timer, note);
		for (unsigned i = 0; i < 40; i++) {
			if (i == victim)
				sea_timer_arm(&q, &entry->timer, at(i));
			arm(i, i);
		}
		sea_timerq_run(&q, at(0), 1); /* gives the heap some shape */
		sea_timer_remove(&q, &entry->timer);
		free(entry);
		while (sea_timerq_run(&q, at(100), 7))
			;
		assert_int_equal(q.n, 0);
		n_fired = 0;
	}
}

static void again_at_once(struct sea_timer *timer, sea_time now)
{
	note(timer, now);
	sea_timer_arm(&q, timer, at(now.ns - 1));
}

static void a_timer_that_arms_itself_for_the_past_waits_for_the_next_run(void **state)
{
	sea_timer_init(&entries[0].timer, again_at_once);
	arm(0, 10);
	arm(1, 11);
	assert_int_equal(sea_timerq_run(&q, at(20), 100), 2);
	EXPECT_FIRED(0, 1);
	assert_int_equal(sea_timerq_deadline(&q).ns, 19);
	assert_int_equal(sea_timerq_run(&q, at(20), 100), 1);
	EXPECT_FIRED(0);
	sea_timer_remove(&q, &entries[0].timer);
	assert_int_equal(q.n, 0);
}

static void meddle(struct sea_timer *timer, sea_time now)
{
	note(timer, now);
	sea_timer_cancel(&entries[1].timer);
	sea_timer_remove(&q, &entries[2].timer);
	arm(3, 500);
	arm(4, 1);
	arm(5, 10);
	sea_timer_cancel(&entries[7].timer);
	arm(7, 10);
}

static void a_firing_timer_may_change_others_that_are_due_too(void **state)
{
	sea_timer_init(&entries[0].timer, meddle);
	for (unsigned i = 0; i < 8; i++)
		arm(i, 10);
	assert_int_equal(sea_timerq_run(&q, at(20), 100), 3);
	EXPECT_FIRED(0, 5, 6);
	assert_int_equal(sea_timerq_deadline(&q).ns, 1);
	assert_int_equal(sea_timerq_run(&q, at(20), 100), 2);
	EXPECT_FIRED(4, 7);
	assert_int_equal(sea_timerq_deadline(&q).ns, 500);
	assert_int_equal(q.n, 1);
}

static void free_itself(struct sea_timer *timer, sea_time now)
{
	n_fired++;
	free(sea_container(timer, struct entry, timer));
}

static void a_firing_timer_may_free_itself(void **state)
{
	for (int i = 0; i < 10; i++) {
		struct entry *entry = calloc(1, sizeof(*entry));

		sea_timer_init(&entry->timer, free_itself);
		sea_timer_arm(&q, &entry->timer, at(i / 2));
	}
	assert_int_equal(sea_timerq_run(&q, at(3), 100), 8);
	assert_int_equal(sea_timerq_run(&q, at(9), 100), 2);
	assert_int_equal(q.n, 0);
}

static void a_run_stops_at_its_budget_and_the_deadline_says_that_more_is_due(void **state)
{
	for (unsigned i = 0; i < 10; i++)
		arm(i, i);
	assert_int_equal(sea_timerq_run(&q, at(100), 0), 0);
	assert_int_equal(sea_timerq_run(&q, at(100), 4), 4);
	EXPECT_FIRED(0, 1, 2, 3);
	assert_int_equal(sea_timerq_deadline(&q).ns, 4);
	assert_int_equal(sea_timerq_run(&q, at(100), 100), 6);
}

static void count(struct sea_timer *timer, sea_time now)
{
	n_fired++;
}

static void a_million_timers_of_one_tick_fire_in_order_within_any_budget(void **state)
{
	enum { MANY = 1000000, BUDGET = 64 };
	struct sea_timer *timers = calloc(MANY, sizeof(*timers));
	unsigned runs = 0, n;

	for (unsigned i = 0; i < MANY; i++) {
		sea_timer_init(&timers[i], count);
		sea_timer_arm(&q, &timers[i], at(5));
	}
	assert_int_equal(q.n, MANY);
	while ((n = sea_timerq_run(&q, at(5), BUDGET))) {
		assert_int_equal(n, BUDGET);
		runs++;
		assert_false(sea_timer_armed(&timers[n_fired - 1]));
		assert_true(n_fired == MANY || sea_timer_armed(&timers[n_fired]));
	}
	assert_int_equal(runs, MANY / BUDGET);
	assert_int_equal(n_fired, MANY);
	assert_int_equal(q.n, 0);
	free(timers);
}

static unsigned children(const struct sea_timer *timer)
{
	unsigned n = 0;

	for (const struct sea_timer *child = timer->child; child; child = child->sibling)
		n++;
	return n;
}

/* The longest step of a queue is as long as the list of the root's children. */
static void many_timers_armed_at_once_leave_few_children_to_meld(void **state)
{
	enum { MANY = 100000 };
	struct sea_timer *timers = calloc(MANY, sizeof(*timers));

	for (unsigned i = 0; i < MANY; i++) {
		sea_timer_init(&timers[i], count);
		sea_timer_arm(&q, &timers[i], at(i * INT64_C(7919) % MANY));
	}
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(sea_timerq_deadline(&q).ns, i);
		assert_in_range(children(q.root), 0, 64);
		assert_int_equal(sea_timerq_run(&q, at(i), 10), 1);
	}
	assert_int_equal(q.n, 0);
	free(timers);
}

/* The model: a walk over all entries for the least (deadline, order of arming). */
static struct entry *model_first(void)
{
	struct entry *first = NULL;

	for (unsigned i = 0; i < 400; i++) {
		struct entry *x = &entries[i];

		if (x->armed && (!first || x->deadline < first->deadline ||
				 (x->deadline == first->deadline && x->armed < first->armed)))
			first = x;
	}
	return first;
}

static void model_arm(struct entry *x, int64_t deadline, uint64_t order)
{
	if (!x->armed || x->deadline != deadline)
		x->armed = order;
	x->deadline = deadline;
	sea_timer_arm(&q, &x->timer, at(deadline));
}

static void compare_run(int64_t now, unsigned budget)
{
	unsigned n = sea_timerq_run(&q, at(now), budget);

	for (unsigned i = 0; i < n; i++) {
		struct entry *first = model_first();

		assert_true(first && first->deadline <= now);
		assert_int_equal(fired[i], first->number);
		first->armed = 0;
	}
	assert_true(n == budget || !model_first() || model_first()->deadline > now);
	assert_int_equal(n_fired, n);
	n_fired = 0;
}

static void random_operations_agree_with_a_sorted_model(void **state)
{
	uint64_t seed = 3;
	int64_t now = 0;

	for (uint64_t round = 1; round < 30000; round++) {
		struct entry *x = &entries[test_random(&seed) % 400];
		uint64_t dice = test_random(&seed) % 100;

		if (dice < 70) {
			int64_t in = (int64_t)(test_random(&seed) % 200);

			model_arm(x, round % 2 ? now + in : (now + in) / 64 * 64, round);
		} else if (dice < 80) {
			sea_timer_cancel(&x->timer);
			x->armed = 0;
		} else if (dice < 88) {
			sea_timer_remove(&q, &x->timer);
			x->armed = 0;
		} else {
			now += (int64_t)(test_random(&seed) % 20);
			compare_run(now, (unsigned)(test_random(&seed) % 30));
		}
		if (round % 8 == 0) {
			x = model_first();
			assert_int_equal(sea_timerq_deadline(&q).ns, x ? x->deadline : INT64_MAX);
		}
	}
	compare_run(now + 1000, 1000);
	assert_int_equal(q.n, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_queue_has_no_deadline_and_fires_nothing),
		TEST(timers_fire_at_their_deadline_and_not_before),
		TEST(equal_deadlines_fire_in_the_order_they_were_armed),
		TEST(a_timer_armed_again_takes_its_turn_behind_its_equals),
		TEST(a_timer_armed_again_in_its_old_place_leaves_those_below_it_ahead),
		TEST(a_deadline_pushed_out_does_not_touch_the_heap),
		TEST(a_deadline_brought_forward_counts_at_once),
		TEST(cancelled_timers_neither_fire_nor_hold_up_the_deadline),
		TEST(a_removed_timer_leaves_no_trace_wherever_it_stood),
		TEST(a_timer_that_arms_itself_for_the_past_waits_for_the_next_run),
		TEST(a_firing_timer_may_change_others_that_are_due_too),
		TEST(a_firing_timer_may_free_itself),
		TEST(a_run_stops_at_its_budget_and_the_deadline_says_that_more_is_due),
		TEST(a_million_timers_of_one_tick_fire_in_order_within_any_budget),
		TEST(many_timers_armed_at_once_leave_few_children_to_meld),
		TEST(random_operations_agree_with_a_sorted_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
