/* SPDX-License-Identifier: Apache-2.0 */
/* SO_TIMESTAMPING of what is sent: which packet is told of, by which name, and with what beside the time. */
#include "transport/stamp.h"
#include "tests/lib/snapshot.h"
#include "tests/lib/tcp_script.h"

#include <linux/errqueue.h>

#define ALL                                                                                 \
	((int)(SEA_SOF_TX_SCHED | SEA_SOF_TX_SOFTWARE | SEA_SOF_TX_ACK | SEA_SOF_SOFTWARE | \
	       SEA_SOF_OPT_ID))
#define TCP_NLA_DATA_SEGS_OUT 4
#define TCP_NLA_SNDQ_SIZE 13

/* What one entry of the error queue said. */
struct told {
	ssize_t len; /* of its bytes */
	uint8_t bytes[400];
	struct sock_extended_err ee;
	int64_t ns; /* 0: no time */
	uint8_t stats[400];
	size_t stats_len;
};

static void take_message(const struct cmsghdr *c, struct told *t)
{
	size_t len = c->cmsg_len - CMSG_LEN(0);
	struct timespec ts[3];

	if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SEA_SO_TIMESTAMPING_OLD) {
		assert_int_equal(len, sizeof(ts));
		memcpy(ts, CMSG_DATA(c), sizeof(ts));
		t->ns = ts[0].tv_sec * SEA_SEC + ts[0].tv_nsec;
		assert_int_equal(ts[2].tv_sec, 0); /* no clock of hardware */
	} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SEA_SCM_OPT_STATS) {
		memcpy(t->stats, CMSG_DATA(c), len);
		t->stats_len = len;
	} else {
		memcpy(&t->ee, CMSG_DATA(c), sizeof(t->ee));
	}
}

/* False: there is none. */
static bool take(struct tcp_script *s, struct told *t)
{
	union {
		char bytes[1024];
		struct cmsghdr align;
	} control;
	struct iovec iov = { t->bytes, sizeof(t->bytes) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	*t = (struct told){ 0 };
	t->len = sea_socket_recvmsg(s->t.stack, s->sock, &msg, MSG_ERRQUEUE, s->t.now);
	if (t->len == -EAGAIN)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		take_message(c, t);
	assert_int_equal(t->ee.ee_errno, ENOMSG);
	assert_int_equal(t->ee.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
	return true;
}

static void assert_told(struct tcp_script *s, uint32_t which, uint32_t key, struct told *t)
{
	assert_true(take(s, t));
	assert_int_equal(t->ee.ee_info, which);
	assert_int_equal(t->ee.ee_data, key);
}

static void assert_not_told(struct tcp_script *s)
{
	struct told t;

	assert_false(take(s, &t));
}

static void open_stamped(struct tcp_script *s, int flags)
{
	script_new(s);
	script_established(s);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_TIMESTAMPING, flags), 0);
}

static void a_segment_is_told_of_with_its_bytes(void **state)
{
	size_t headers = 14 + (script_is6() ? 40 : 20) + 20;
	struct tcp_script s;
	struct told t;

	(void)state;
	open_stamped(&s, ALL);
	assert_int_equal(script_write(&s, 100), 100);
	test_take_all(&s.t);
	assert_told(&s, SCM_TSTAMP_SCHED, 99, &t);
	assert_int_equal(t.len, headers + 100);
	assert_true(t.ns > 0);
	assert_told(&s, SCM_TSTAMP_SND, 99, &t);
	assert_int_equal(t.len, headers + 100);
	assert_not_told(&s);
	test_advance(&s.t, 10 * SEA_MSEC);
	SEND(&s, "A", 1, 101, 0);
	assert_told(&s, SCM_TSTAMP_ACK, 99, &t);
	assert_int_equal(t.len, 100);
	assert_not_told(&s);
	script_free(&s);
}

/* What the link's queue lost did not leave. */
static void what_is_dropped_did_not_leave(void **state)
{
	struct tcp_script s;
	struct told t;

	(void)state;
	open_stamped(&s, ALL);
	assert_int_equal(script_write(&s, 100), 100);
	assert_int_equal(sea_link_set_up(s.t.link, false, s.t.now), 0);
	assert_told(&s, SCM_TSTAMP_SCHED, 99, &t);
	assert_not_told(&s);
	script_free(&s);
}

static uint64_t stat_of(const struct told *t, uint16_t type)
{
	uint64_t value = 0;
	uint16_t hdr[2];

	for (size_t at = 0; at + sizeof(hdr) <= t->stats_len; at += (hdr[0] + 3u) & ~3u) {
		memcpy(hdr, t->stats + at, sizeof(hdr));
		assert_true(hdr[0] >= 4 && hdr[0] <= 12);
		if (hdr[1] == type)
			memcpy(&value, t->stats + at + 4, hdr[0] - 4u);
	}
	return value;
}

static void statistics_come_instead_of_bytes(void **state)
{
	struct tcp_script s;
	struct told t;

	(void)state;
	open_stamped(&s, ALL | (int)(SEA_SOF_OPT_TSONLY | SEA_SOF_OPT_STATS));
	assert_int_equal(script_write(&s, 100), 100);
	test_take_all(&s.t);
	assert_told(&s, SCM_TSTAMP_SCHED, 99, &t);
	assert_int_equal(t.stats_len, 248); /* as Linux 6.18 */
	assert_int_equal(t.len, 248);
	assert_int_equal(stat_of(&t, TCP_NLA_DATA_SEGS_OUT), 1);
	assert_int_equal(stat_of(&t, TCP_NLA_SNDQ_SIZE), 100);
	assert_told(&s, SCM_TSTAMP_SND, 99, &t);
	SEND(&s, "A", 1, 101, 0);
	assert_told(&s, SCM_TSTAMP_ACK, 99, &t);
	assert_int_equal(stat_of(&t, TCP_NLA_SNDQ_SIZE), 0);
	script_free(&s);
}

static void messages_of_one_call_ask_for_it_alone(void **state)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (char[]){ "x" }, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct tcp_script s;
	struct told t;
	int v = SEA_SOF_TX_SOFTWARE;

	(void)state;
	open_stamped(&s, (int)(SEA_SOF_SOFTWARE | SEA_SOF_OPT_ID));
	control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(v)),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SO_TIMESTAMPING };
	memcpy(CMSG_DATA(&control.align), &v, sizeof(v));
	assert_int_equal(sea_socket_sendmsg(s.t.stack, s.sock, &msg, 0, s.t.now), 1);
	assert_int_equal(script_write(&s, 1), 1);
	test_take_all(&s.t);
	assert_told(&s, SCM_TSTAMP_SND, 0, &t);
	assert_not_told(&s);
	v = SEA_SOF_SOFTWARE; /* of no call */
	memcpy(CMSG_DATA(&control.align), &v, sizeof(v));
	assert_int_equal(sea_socket_sendmsg(s.t.stack, s.sock, &msg, 0, s.t.now), -EINVAL);
	script_free(&s);
}

static void what_is_asked_after_survives_a_snapshot(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp, &sea_ipv6 };
	struct snapshot snap = { 0 };
	struct tcp_script s;
	struct told t;

	(void)state;
	open_stamped(&s, ALL);
	assert_int_equal(script_write(&s, 100), 100);
	test_take_all(&s.t);
	assert_told(&s, SCM_TSTAMP_SCHED, 99, &t);
	assert_int_equal(sea_stack_save(s.t.stack, snapshot_write, &snap), 0);
	sea_stack_free(s.t.stack);
	assert_int_equal(sea_stack_load(NULL, &s.t.env.env, modules, script_is6() ? 3 : 2, false,
					snapshot_read, &snap, &s.t.stack),
			 0);
	snapshot_free(&snap);
	s.t.link = sea_link_by_name(s.t.stack, "eth0");
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_TIMESTAMPING), ALL);
	assert_told(&s, SCM_TSTAMP_SND, 99, &t);
	SEND(&s, "A", 1, 101, 0);
	assert_told(&s, SCM_TSTAMP_ACK, 99, &t);
	script_free(&s);
}

/* For want of memory less is told; the bytes go all the same. */
static void no_failing_allocation_leaks(void **state)
{
	struct told t;

	(void)state;
	for (size_t nth = 1; nth < 30; nth++) {
		struct tcp_script s;

		open_stamped(&s, ALL);
		s.t.stack->shard.pool.cache_max = 0;
		sea_pool_trim(&s.t.stack->shard.pool);
		test_env_fail_at(&s.t.env, nth);
		s.t.env.fail_once = true;
		(void)script_write(&s, 3000);
		test_env_fail_at(&s.t.env, 0);
		test_take_all(&s.t);
		SEND(&s, "A", 1, 3001, 0);
		while (take(&s, &t))
			;
		script_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_is_told_of_with_its_bytes),
		cmocka_unit_test(what_is_dropped_did_not_leave),
		cmocka_unit_test(statistics_come_instead_of_bytes),
		cmocka_unit_test(messages_of_one_call_ask_for_it_alone),
		cmocka_unit_test(what_is_asked_after_survives_a_snapshot),
		cmocka_unit_test(no_failing_allocation_leaks),
	};

	return SCRIPT_RUN(tests);
}
