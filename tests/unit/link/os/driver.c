/* SPDX-License-Identifier: Apache-2.0 */
/* The driver over a port whose device is a socket pair: no privilege needed. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../fixture.h"
#include "link/os/port.h"

struct fake {
	struct sea_port port;
	int peer;   /* the device's other side */
	int refuse; /* frames that are not taken at first */
	int reads;
	bool answers; /* each frame with one, at once */
	bool gone;
	bool no_carrier;
	int news; /* what is written there tells of a change */
};

static int fake_receive(struct sea_port *port, struct sea_pkt **pkts, unsigned max, unsigned *n,
			sea_time now)
{
	struct fake *fake = sea_container(port, struct fake, port);
	uint8_t bytes[2048];
	ssize_t len;

	(void)now;
	fake->reads++;
	if (fake->gone)
		return -ENODEV;
	while (*n < max) {
		len = recv(port->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (len < 0)
			return 0;
		pkts[*n] = sea_pkt_from_bytes(port->link, bytes, (size_t)len);
		assert_non_null(pkts[(*n)++]);
	}
	return 1;
}

static void put_frame(int fd)
{
	const struct frame_spec spec = { .payload = 100 };
	uint8_t bytes[2048];

	assert_true(send(fd, bytes, frame_put(bytes, &spec), 0) > 0);
}

static int fake_transmit(struct sea_port *port, struct sea_pkt **pkts, unsigned max, unsigned *n,
			 sea_time now)
{
	struct fake *fake = sea_container(port, struct fake, port);
	uint8_t bytes[2048];

	(void)now;
	if (fake->gone)
		return -ENODEV;
	for (; *n < max; ++*n) {
		if (fake->refuse && fake->refuse--)
			return 1;
		assert_true(sea_pkt_read(pkts[*n], 0, bytes, pkts[*n]->len));
		assert_int_equal(send(port->fd, bytes, pkts[*n]->len, 0), pkts[*n]->len);
		if (fake->answers)
			put_frame(fake->peer);
		sea_pkt_done(pkts[*n]);
	}
	return 0;
}

static void fake_free(struct sea_port *port)
{
	struct fake *fake = sea_container(port, struct fake, port);

	close(fake->peer);
	close(fake->news);
}

static int fake_carrier(struct sea_port *port)
{
	const struct fake *fake = sea_container(port, struct fake, port);

	return fake->gone ? -ENODEV : !fake->no_carrier;
}

static const struct sea_port_ops fake_ops = {
	.receive = fake_receive,
	.transmit = fake_transmit,
	.free = fake_free,
	.carrier = fake_carrier,
};

static struct fixture f;
static struct fake fake;
static struct sea_driver *driver;

static void begin(void)
{
	int fds[2], news[2];

	fixture_init(&f, 0);
	keep_arrivals(&f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, news), 0);
	fake = (struct fake){
		.port = { .ops = &fake_ops, .link = f.link, .fd = fds[0], .watch_fd = news[0] },
		.peer = fds[1],
		.news = news[1],
	};
	assert_int_equal(sea_driver_new(f.stack, &driver), 0);
	assert_int_equal(sea_driver_add_port(driver, &fake.port), 0);
}

static void end(void)
{
	sea_driver_free(driver);
	forget_arrivals();
	sea_port_close(&fake.port, sea_os_now());
	fixture_fini(&f);
}

static int turn(void)
{
	return sea_driver_turn(driver, SEA_TIME_ZERO, NULL);
}

/* A driver that has work to do polls only now and then: here eight times at least. */
static void turns_with_polls(void)
{
	for (unsigned i = 0; i < 8; i++) {
		sea_time until = sea_time_add(sea_os_now(), 300 * SEA_USEC);

		while (sea_time_before(sea_os_now(), until))
			assert_int_equal(turn(), 0);
		assert_int_equal(turn(), 0);
	}
}

static void device_sends(unsigned n)
{
	while (n--)
		put_frame(fake.peer);
}

/* Frames that reached the device; forgets them. */
static unsigned device_got(void)
{
	uint8_t bytes[2048];
	unsigned n = 0;

	while (recv(fake.peer, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

static void stack_sends(unsigned n)
{
	const struct frame_spec spec = { .payload = 100 };

	while (n--)
		send_frame(&f, frame_pkt(&f, &spec));
}

static void frames_pass_both_ways(void **state)
{
	begin();
	device_sends(3);
	stack_sends(5);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(turn(), 0);
	assert_int_equal(arrived.n, 3);
	assert_int_equal(device_got(), 5);
	end();
}

/* One at a time, then many at once, then one again: none is left behind. */
static void no_frame_waits_for_another(void **state)
{
	begin();
	for (unsigned round = 1; round < 40; round++) {
		unsigned n = round % 10 == 0 ? 20 : 1;

		device_sends(n);
		for (unsigned i = 0; i < 2 * n + 2; i++)
			assert_int_equal(sea_driver_turn(driver, SEA_TIME_ZERO, NULL), 0);
		assert_int_equal(arrived.n, n);
		forget_arrivals();
	}
	end();
}

static void full_device_gets_the_rest_when_it_is_writable(void **state)
{
	begin();
	fake.refuse = 2;
	stack_sends(4);
	turns_with_polls();
	assert_int_equal(device_got(), 4);
	assert_int_equal(f.link->stats.tx_packets, 4);
	end();
}

static void vanished_device_ends_its_port_and_takes_the_carrier(void **state)
{
	struct sea_port *gone;

	begin();
	fake.gone = true;
	assert_int_equal(sea_driver_turn(driver, SEA_TIME_ZERO, &gone), -ENODEV);
	assert_ptr_equal(gone, &fake.port);
	assert_false(f.link->carrier);
	assert_int_equal(sea_driver_turn(driver, SEA_TIME_ZERO, &gone), 0);
	assert_null(gone);
	end();
}

/* SEA_DROP_LINK_TX_ERROR */
static void frames_for_a_vanished_device_are_dropped(void **state)
{
	begin();
	stack_sends(3);
	fake.gone = true;
	assert_int_equal(sea_port_transmit(&fake.port, sea_os_now()), -ENODEV);
	assert_int_equal(drops(&f, SEA_DROP_LINK_TX_ERROR), 3);
	assert_int_equal(f.link->stats.tx_errors, 3);
	end();
}

static void link_without_a_port_sends_into_nowhere(void **state)
{
	begin();
	sea_driver_del_port(driver, &fake.port);
	stack_sends(3);
	assert_int_equal(turn(), 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_TX_ERROR), 3);
	sea_driver_del_port(driver, &fake.port); /* a second time: harmless */
	end();
}

/* -- carrier -- */

static void tell_of_change(void)
{
	assert_int_equal(send(fake.news, "new", 3, 0), 3);
}

static void carrier_follows_the_device_when_it_is_told_to_have_changed(void **state)
{
	begin();
	for (unsigned i = 0; i < 4; i++) {
		fake.no_carrier = i % 2 == 0;
		tell_of_change();
		tell_of_change();
		turns_with_polls();
		assert_int_equal(f.link->carrier, !fake.no_carrier);
	}
	end();
}

/* What is told of may be another interface. */
static void news_of_others_change_nothing(void **state)
{
	begin();
	tell_of_change();
	turns_with_polls();
	assert_true(f.link->carrier);
	end();
}

static void frames_that_come_in_bring_their_carrier(void **state)
{
	begin();
	sea_link_set_carrier(f.link, false, sea_os_now());
	device_sends(2);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(turn(), 0);
	assert_true(f.link->carrier);
	assert_int_equal(arrived.n, 2);
	end();
}

static void device_that_vanishes_is_found_by_the_news_alone(void **state)
{
	struct sea_port *gone = NULL;
	int err = 0;

	begin();
	turns_with_polls();
	fake.gone = true;
	tell_of_change();
	while (!err)
		err = sea_driver_turn(driver, sea_time_add(sea_os_now(), SEA_SEC), &gone);
	assert_int_equal(err, -ENODEV);
	assert_ptr_equal(gone, &fake.port);
	assert_false(f.link->carrier);
	tell_of_change(); /* nobody listens any more */
	turns_with_polls();
	end();
}

/* SEA_DROP_LINK_DOWN: no error of the device's. */
static void frames_that_wait_when_the_carrier_goes_are_lost_for_that(void **state)
{
	struct sea_pkt *pkt;

	begin();
	stack_sends(1);
	assert_int_equal(sea_link_take_tx(f.link, &pkt, 1, sea_os_now()), 1);
	fake.no_carrier = true;
	assert_int_equal(sea_port_look(&fake.port, sea_os_now()), 0);
	sea_port_refuse(f.link, pkt, sea_os_now());
	assert_int_equal(drops(&f, SEA_DROP_LINK_DOWN), 1);
	assert_int_equal(f.link->stats.tx_errors, 0);
	end();
}

static void receiving_keeps_to_its_budget(void **state)
{
	begin();
	device_sends(5);
	assert_int_equal(sea_port_receive(&fake.port, 2, sea_os_now()), 2);
	assert_int_equal(sea_port_receive(&fake.port, 64, sea_os_now()), 3);
	assert_int_equal(sea_port_receive(&fake.port, 64, sea_os_now()), 0);
	end();
}

/* -- time -- */

static sea_time due;

static void stop_when_due(struct sea_timer *timer, sea_time now)
{
	(void)timer;
	assert_false(sea_time_before(now, due));
	sea_driver_stop(driver);
}

static void timers_run_when_they_are_due_and_the_driver_sleeps_between(void **state)
{
	struct sea_timer timer;
	sea_time start;

	begin();
	start = sea_os_now();
	due = sea_time_add(start, 3 * SEA_MSEC);
	sea_timer_init(&timer, stop_when_due);
	sea_stack_arm(f.stack, &timer, due);
	assert_int_equal(sea_driver_run(driver), 0);
	assert_false(sea_time_before(sea_os_now(), due));
	end();
}

static void turn_sleeps_no_longer_than_until(void **state)
{
	sea_time until;

	begin();
	until = sea_time_add(sea_os_now(), 2 * SEA_MSEC);
	while (sea_time_before(sea_os_now(), until))
		assert_int_equal(sea_driver_turn(driver, until, NULL), 0);
	end();
}

static void busy_poll_finds_frames_without_sleeping(void **state)
{
	begin();
	sea_driver_set_busy_poll(driver, SEA_SEC);
	device_sends(1);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(sea_driver_turn(driver, SEA_TIME_NEVER, NULL), 0);
	assert_int_equal(arrived.n, 1);
	device_sends(1);
	while (arrived.n < 2)
		assert_int_equal(sea_driver_turn(driver, SEA_TIME_NEVER, NULL), 0);
	end();
}

/* It may sleep: what is read then was not asked for. */
static void turn_and_sleep(void)
{
	sea_time until = sea_time_add(sea_os_now(), 2 * SEA_MSEC);

	assert_int_equal(sea_driver_turn(driver, until, NULL), 0);
}

static void a_written_port_is_read_unasked_as_long_as_that_finds_answers(void **state)
{
	begin();
	turn_and_sleep();
	fake.reads = 0;
	for (unsigned i = 0; i < 100; i++) {
		stack_sends(1);
		turn_and_sleep(); /* writes */
		turn_and_sleep(); /* may read */
		assert_int_equal(device_got(), 1);
	}
	/* After 1, 2, 4 and so on writes; a slow machine has no time to sleep, and reads at will. */
	assert_in_range(fake.reads, 6, 60);
	fake.answers = true;
	for (unsigned i = 0; i < 300; i++) {
		stack_sends(1);
		turn_and_sleep();
		(void)device_got();
	}
	assert_true(arrived.n >= 299);
	end();
}

/* -- other descriptors -- */

static int fd_calls;

static void read_and_remove(void *arg, uint32_t events, sea_time now)
{
	int *fds = arg;
	char c;

	(void)now;
	assert_true(events & EPOLLIN);
	assert_int_equal(read(fds[0], &c, 1), 1);
	if (++fd_calls == 2)
		sea_driver_del_fd(driver, fds[0]);
}

static void callbacks_run_until_their_descriptor_is_removed(void **state)
{
	int fds[2];

	begin();
	fd_calls = 0;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sea_driver_add_fd(driver, fds[0], EPOLLIN, read_and_remove, fds), 0);
	assert_int_equal(sea_driver_add_fd(driver, fds[0], EPOLLIN, read_and_remove, fds), -EEXIST);
	assert_int_equal(sea_driver_mod_fd(driver, fds[0], 0), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	turns_with_polls();
	assert_int_equal(fd_calls, 0);
	assert_int_equal(sea_driver_mod_fd(driver, fds[0], EPOLLIN), 0);
	turns_with_polls();
	assert_int_equal(fd_calls, 2);
	assert_int_equal(sea_driver_mod_fd(driver, fds[0], EPOLLIN), -ENOENT);
	assert_int_equal(sea_driver_add_fd(driver, -1, EPOLLIN, read_and_remove, fds), -EBADF);
	close(fds[0]);
	close(fds[1]);
	end();
}

static void *stop_from_afar(void *arg)
{
	sea_driver_stop(arg);
	return NULL;
}

static void another_thread_may_stop_it(void **state)
{
	pthread_t thread;

	begin();
	assert_int_equal(pthread_create(&thread, NULL, stop_from_afar, driver), 0);
	assert_int_equal(sea_driver_run(driver), 0);
	pthread_join(thread, NULL);
	end();
}

static void count_event(void *arg, const struct sea_event *event, sea_time now)
{
	(void)now;
	if (event->kind == SEA_EVENT_LINK && (event->mask & SEA_LINK_EVENT_MTU))
		++*(int *)arg;
}

static void events_reach_the_callback(void **state)
{
	int calls = 0;

	begin();
	sea_driver_on_event(driver, count_event, &calls);
	assert_int_equal(sea_link_set_mtu(f.link, 1400, sea_os_now()), 0);
	assert_int_equal(turn(), 0);
	assert_int_equal(calls, 1);
	end();
}

/* -- opening -- */

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++) {
		int copy = dup(fd);

		n += copy >= 0;
		close(copy);
	}
	return n;
}

static void what_cannot_be_opened_is_an_error_and_leaks_nothing(void **state)
{
	struct sea_tap_config tap = { .size = 1, .name = "sea0" };
	struct sea_afpacket_config packet = { .size = 1, .interface = "lo" };
	struct sea_port *port;
	int before;

	begin();
	before = open_descriptors();
	assert_int_equal(sea_tap_open(f.stack, &tap, &port, SEA_TIME_ZERO), -EINVAL);
	assert_int_equal(sea_afpacket_open(f.stack, &packet, &port, SEA_TIME_ZERO), -EINVAL);
	tap.size = sizeof(tap);
	packet.size = sizeof(packet);
	tap.netns = packet.netns = "/no/such/namespace";
	assert_int_equal(sea_tap_open(f.stack, &tap, &port, SEA_TIME_ZERO), -ENOENT);
	assert_int_equal(sea_afpacket_open(f.stack, &packet, &port, SEA_TIME_ZERO), -ENOENT);
	tap.netns = packet.netns = "/dev/null"; /* no namespace, whoever asks */
	assert_true(sea_tap_open(f.stack, &tap, &port, SEA_TIME_ZERO) < 0);
	assert_null(port);
	tap.netns = packet.netns = NULL;
	tap.name = packet.interface = "a-name-beyond-what-linux-takes";
	assert_int_equal(sea_tap_open(f.stack, &tap, &port, SEA_TIME_ZERO), -EINVAL);
	assert_int_equal(sea_afpacket_open(f.stack, &packet, &port, SEA_TIME_ZERO), -EINVAL);
	packet.interface = "no-such-iface"; /* or no right to open a socket at all */
	assert_true(sea_afpacket_open(f.stack, &packet, &port, SEA_TIME_ZERO) < 0);
	assert_int_equal(open_descriptors(), before);
	end();
}

static void environment_of_a_process_gives_memory_and_randomness(void **state)
{
	struct sea_env a, b;
	uint8_t one[32], two[32];
	void *mem;

	assert_int_equal(sea_env_os(&a), 0);
	assert_int_equal(sea_env_os(&b), 0);
	assert_true(a.seed != b.seed);
	assert_int_equal(a.secret(a.ctx, one, sizeof(one)), 0);
	assert_int_equal(a.secret(a.ctx, two, sizeof(two)), 0);
	assert_memory_not_equal(one, two, sizeof(one));
	mem = a.alloc(a.ctx, 100, 4096);
	assert_int_equal((uintptr_t)mem % 4096, 0);
	a.free(a.ctx, mem, 100, 4096);
	mem = a.alloc(a.ctx, 1, 1);
	assert_non_null(mem);
	a.free(a.ctx, mem, 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_pass_both_ways),
		cmocka_unit_test(no_frame_waits_for_another),
		cmocka_unit_test(full_device_gets_the_rest_when_it_is_writable),
		cmocka_unit_test(vanished_device_ends_its_port_and_takes_the_carrier),
		cmocka_unit_test(frames_for_a_vanished_device_are_dropped),
		cmocka_unit_test(link_without_a_port_sends_into_nowhere),
		cmocka_unit_test(carrier_follows_the_device_when_it_is_told_to_have_changed),
		cmocka_unit_test(news_of_others_change_nothing),
		cmocka_unit_test(frames_that_come_in_bring_their_carrier),
		cmocka_unit_test(device_that_vanishes_is_found_by_the_news_alone),
		cmocka_unit_test(frames_that_wait_when_the_carrier_goes_are_lost_for_that),
		cmocka_unit_test(receiving_keeps_to_its_budget),
		cmocka_unit_test(timers_run_when_they_are_due_and_the_driver_sleeps_between),
		cmocka_unit_test(turn_sleeps_no_longer_than_until),
		cmocka_unit_test(busy_poll_finds_frames_without_sleeping),
		cmocka_unit_test(a_written_port_is_read_unasked_as_long_as_that_finds_answers),
		cmocka_unit_test(callbacks_run_until_their_descriptor_is_removed),
		cmocka_unit_test(another_thread_may_stop_it),
		cmocka_unit_test(events_reach_the_callback),
		cmocka_unit_test(what_cannot_be_opened_is_an_error_and_leaks_nothing),
		cmocka_unit_test(environment_of_a_process_gives_memory_and_randomness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
