/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a program that has none. A turn reads before it polls and polls only when nothing is
 * left to do, or every so often while there is; a request answered costs a read, a write and a poll,
 * and no poll where the next request comes while the answer is written.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <seastack/event.h>

#include "link/os/port.h"

/* Frames of one port in one turn. */
#define RX_BUDGET 256u
/*
 * While a port brings one frame at a time, each is dealt with before the next read, which would find
 * nothing; after so many, a read to the end finds out whether that still holds.
 */
#define SINGLES 16u
/*
 * Who is written to may run at once, on this core, and have answered when the write returns: so a
 * port is read again after it was written to, without asking. Each wrong guess doubles the writes
 * that go by until the next, up to this many.
 */
#define GUESS_PAUSE_MAX 255u
/* So long may turns with work left over go on before other descriptors get a look. */
#define UNPOLLED_MAX_NS (250 * SEA_USEC)
#define POLL_EVENTS 64

/* A descriptor in the epoll set: a port's, or one with a callback. */
struct source {
	struct source *next;
	int fd;
	bool dead; /* freed at the end of the turn */
	struct sea_port *port;
	struct sea_port *watched; /* this is its watch_fd */
	bool readable;            /* as far as we know, */
	bool guessed;             /* or hope */
	unsigned singles;
	unsigned guess_pause, writes_to_guess; /* between guesses; until the next */
	sea_driver_fd_fn *ready;
	void *arg;
};

struct sea_driver {
	struct sea_stack *stack;
	int epoll_fd, stop_fd;
	atomic_bool stopped;
	bool old_epoll; /* a kernel without epoll_pwait2 (Linux 5.11) */
	struct source *sources;
	bool any_dead;
	sea_driver_event_fn *on_event;
	void *on_event_arg;
	int64_t busy_poll_ns;
	sea_time last_rx;
	sea_time polled; /* last */
	bool guessing;   /* some port has `guessed` */
};

/* -- what is watched -- */

static struct source *find_fd(struct sea_driver *driver, int fd)
{
	struct source *s = driver->sources;

	while (s && (s->dead || s->fd != fd))
		s = s->next;
	return s;
}

static struct source *find_link(struct sea_driver *driver, const struct sea_link *link)
{
	struct source *s = driver->sources;

	while (s && (s->dead || !s->port || s->port->link != link))
		s = s->next;
	return s;
}

static struct source *find_watch(struct sea_driver *driver, const struct sea_port *port)
{
	struct source *s = driver->sources;

	while (s && (s->dead || s->watched != port))
		s = s->next;
	return s;
}

static int control(struct sea_driver *driver, int op, struct source *s, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data = { .ptr = s } };

	return epoll_ctl(driver->epoll_fd, op, s->fd, &ev) ? -errno : 0;
}

static int add_source(struct sea_driver *driver, const struct source *what, uint32_t events)
{
	struct source *s;
	int err;

	if (find_fd(driver, what->fd))
		return -EEXIST;
	s = malloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	*s = *what;
	err = control(driver, EPOLL_CTL_ADD, s, events);
	if (err) {
		free(s);
		return err;
	}
	s->next = driver->sources;
	driver->sources = s;
	return 0;
}

/* Events of this turn may still name it, so its memory stays for now. */
static void remove_source(struct sea_driver *driver, struct source *s)
{
	if (!s)
		return;
	epoll_ctl(driver->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
	s->dead = true;
	driver->any_dead = true;
}

static void reap(struct sea_driver *driver)
{
	struct source **at = &driver->sources;

	if (!driver->any_dead)
		return;
	while (*at) {
		struct source *s = *at;

		if (s->dead) {
			*at = s->next;
			free(s);
		} else {
			at = &s->next;
		}
	}
	driver->any_dead = false;
}

int sea_driver_add_port(struct sea_driver *driver, struct sea_port *port)
{
	struct source s = { .fd = port->fd, .port = port, .readable = true };
	struct source watch = { .fd = port->watch_fd, .watched = port };
	int err = add_source(driver, &s, EPOLLIN);

	if (err)
		return err;
	err = add_source(driver, &watch, EPOLLIN);
	if (err)
		sea_driver_del_port(driver, port);
	return err;
}

void sea_driver_del_port(struct sea_driver *driver, struct sea_port *port)
{
	remove_source(driver, find_link(driver, port->link));
	remove_source(driver, find_watch(driver, port));
}

int sea_driver_add_fd(struct sea_driver *driver, int fd, uint32_t events, sea_driver_fd_fn *ready,
		      void *arg)
{
	struct source s = { .fd = fd, .ready = ready, .arg = arg };

	return add_source(driver, &s, events);
}

int sea_driver_mod_fd(struct sea_driver *driver, int fd, uint32_t events)
{
	struct source *s = find_fd(driver, fd);

	return s && s->ready ? control(driver, EPOLL_CTL_MOD, s, events) : -ENOENT;
}

void sea_driver_del_fd(struct sea_driver *driver, int fd)
{
	struct source *s = find_fd(driver, fd);

	if (s && s->ready)
		remove_source(driver, s);
}

void sea_driver_on_event(struct sea_driver *driver, sea_driver_event_fn *fn, void *arg)
{
	driver->on_event = fn;
	driver->on_event_arg = arg;
}

void sea_driver_set_busy_poll(struct sea_driver *driver, int64_t ns)
{
	driver->busy_poll_ns = ns;
}

/* -- a turn -- */

static int lose_port(struct sea_driver *driver, struct sea_port *port, int err,
		     struct sea_port **gone)
{
	sea_driver_del_port(driver, port);
	*gone = port;
	return err;
}

static void judge_guess(struct source *s, bool right)
{
	s->guessed = false;
	s->guess_pause = right ? 0 : 2 * s->guess_pause + 1;
	if (s->guess_pause > GUESS_PAUSE_MAX)
		s->guess_pause = GUESS_PAUSE_MAX;
	s->writes_to_guess = s->guess_pause;
}

static int receive_port(struct sea_driver *driver, struct source *s, sea_time now)
{
	int n = sea_port_receive(s->port, s->singles ? 1 : RX_BUDGET, now);

	if (n > 0)
		driver->last_rx = now;
	if (s->guessed)
		judge_guess(s, n > 0);
	if (s->singles)
		s->singles--;
	else
		s->singles = n <= 1 ? SINGLES : 0;
	return n;
}

static bool may_read(const struct source *s)
{
	return s->port && !s->dead && (s->readable || s->guessed);
}

static int receive(struct sea_driver *driver, sea_time now, struct sea_port **gone)
{
	for (struct source *s = driver->sources; s; s = s->next) {
		int n = may_read(s) ? receive_port(driver, s, now) : 0;

		if (n < 0)
			return lose_port(driver, s->port, n, gone);
	}
	return 0;
}

static void drain_events(struct sea_driver *driver, sea_time now)
{
	struct sea_event ev[64];
	unsigned n;

	while ((n = sea_stack_take_events(driver->stack, ev, 64)) > 0)
		for (unsigned i = 0; i < n && driver->on_event; i++)
			driver->on_event(driver->on_event_arg, &ev[i], now);
}

/* What a link sends that has no port here goes nowhere, as from a card without a cable. */
static int discard(struct sea_link *link, sea_time now)
{
	struct sea_pkt *pkts[SEA_PORT_BATCH];
	unsigned n = sea_link_take_tx(link, pkts, SEA_PORT_BATCH, now);

	while (n)
		sea_port_refuse(link, pkts[--n], now);
	return 0;
}

static int transmit_port(struct sea_driver *driver, struct source *s, sea_time now,
			 struct sea_port **gone)
{
	int full = sea_port_transmit(s->port, now);

	if (full < 0)
		return lose_port(driver, s->port, full, gone);
	if (s->writes_to_guess)
		s->writes_to_guess--;
	else
		s->guessed = driver->guessing = true;
	return full ? control(driver, EPOLL_CTL_MOD, s, EPOLLIN | EPOLLOUT) : 0;
}

static int transmit(struct sea_driver *driver, sea_time now, struct sea_port **gone)
{
	struct sea_link *link;
	int err = 0;

	while (!err && (link = sea_stack_next_tx(driver->stack))) {
		struct source *s = find_link(driver, link);

		err = s ? transmit_port(driver, s, now, gone) : discard(link, now);
	}
	return err;
}

static int poll_old(struct sea_driver *driver, struct epoll_event *ev, int64_t ns)
{
	int64_t ms = ns < 0 ? -1 : (ns + SEA_MSEC - 1) / SEA_MSEC;

	return epoll_wait(driver->epoll_fd, ev, POLL_EVENTS, ms > 60000 ? 60000 : (int)ms);
}

/* Waits `ns` at most; negative: for ever. How many events, or -errno. */
static int poll_for(struct sea_driver *driver, struct epoll_event *ev, int64_t ns)
{
	struct timespec ts = { .tv_sec = ns / SEA_SEC, .tv_nsec = ns % SEA_SEC };
	int n = -1;

	if (!driver->old_epoll) {
		n = epoll_pwait2(driver->epoll_fd, ev, POLL_EVENTS, ns < 0 ? NULL : &ts, NULL);
		driver->old_epoll = n < 0 && errno == ENOSYS;
	}
	if (driver->old_epoll)
		n = poll_old(driver, ev, ns);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n;
}

static void set_readable(struct sea_driver *driver, bool readable)
{
	for (struct source *s = driver->sources; s; s = s->next)
		s->readable = readable;
}

/* Writable again: what was given back goes out now, and no further event until it is full again. */
static int port_ready(struct sea_driver *driver, struct source *s, uint32_t events, sea_time now,
		      struct sea_port **gone)
{
	int err = 0;

	if (events & ~(uint32_t)EPOLLOUT)
		s->readable = true;
	if (events & EPOLLOUT) {
		err = control(driver, EPOLL_CTL_MOD, s, EPOLLIN);
		if (!err)
			err = transmit_port(driver, s, now, gone);
	}
	return err;
}

static int look(struct sea_driver *driver, struct sea_port *port, sea_time now,
		struct sea_port **gone)
{
	int err = sea_port_watch(port, now);

	return err ? lose_port(driver, port, err, gone) : 0;
}

static int dispatch(struct sea_driver *driver, const struct epoll_event *ev, int n,
		    struct sea_port **gone)
{
	sea_time now = sea_os_now();
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		struct source *s = ev[i].data.ptr;
		uint64_t wakes;

		if (!s)
			(void)!read(driver->stop_fd, &wakes, sizeof(wakes));
		else if (s->dead)
			continue;
		else if (s->port)
			err = port_ready(driver, s, ev[i].events, now, gone);
		else if (s->watched)
			err = look(driver, s->watched, now, gone);
		else
			s->ready(s->arg, ev[i].events, now);
	}
	return err;
}

/* How long there is nothing to do: 0 while there is something; negative: for ever. */
static int64_t idle_ns(struct sea_driver *driver, sea_time until, sea_time started)
{
	sea_time deadline = sea_time_min(sea_stack_deadline(driver->stack), until);
	int64_t ns;

	if (driver->busy_poll_ns && sea_time_diff(started, driver->last_rx) < driver->busy_poll_ns)
		return 0;
	if (sea_time_is_never(deadline))
		return -1;
	ns = sea_time_diff(deadline, sea_os_now());
	return ns > 0 ? ns : 0;
}

static int wait(struct sea_driver *driver, sea_time until, sea_time started, struct sea_port **gone)
{
	struct epoll_event ev[POLL_EVENTS];
	bool in_time = sea_time_diff(started, driver->polled) < UNPOLLED_MAX_NS;
	int64_t ns;
	int n;

	if (driver->guessing && in_time) {
		driver->guessing = false;
		set_readable(driver, false);
		return 0;
	}
	ns = idle_ns(driver, until, started);
	if (ns == 0 && in_time) {
		set_readable(driver, true);
		return 0;
	}
	driver->polled = started;
	n = poll_for(driver, ev, ns);
	set_readable(driver, false);
	return n < 0 ? n : dispatch(driver, ev, n, gone);
}

int sea_driver_turn(struct sea_driver *driver, sea_time until, struct sea_port **gone)
{
	sea_time now = sea_os_now();
	struct sea_port *lost = NULL;
	int err = receive(driver, now, &lost);

	if (!err) {
		sea_stack_advance(driver->stack, now);
		drain_events(driver, now);
		err = transmit(driver, now, &lost);
	}
	if (!err)
		err = wait(driver, until, now, &lost);
	reap(driver);
	if (gone)
		*gone = lost;
	return err;
}

int sea_driver_run(struct sea_driver *driver)
{
	int err = 0;

	while (!err && !atomic_load_explicit(&driver->stopped, memory_order_relaxed))
		err = sea_driver_turn(driver, SEA_TIME_NEVER, NULL);
	atomic_store(&driver->stopped, false);
	return err;
}

void sea_driver_stop(struct sea_driver *driver)
{
	uint64_t one = 1;
	int saved = errno;

	atomic_store(&driver->stopped, true);
	(void)!write(driver->stop_fd, &one, sizeof(one));
	errno = saved;
}

/* -- life -- */

static int open_fds(struct sea_driver *driver)
{
	struct epoll_event ev = { .events = EPOLLIN };

	driver->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (driver->epoll_fd < 0)
		return -errno;
	driver->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (driver->stop_fd < 0)
		return -errno;
	return epoll_ctl(driver->epoll_fd, EPOLL_CTL_ADD, driver->stop_fd, &ev) ? -errno : 0;
}

int sea_driver_new(struct sea_stack *stack, struct sea_driver **out)
{
	struct sea_driver *driver = calloc(1, sizeof(*driver));
	int err;

	*out = NULL;
	if (!driver)
		return -ENOMEM;
	driver->stack = stack;
	driver->epoll_fd = driver->stop_fd = -1;
	err = open_fds(driver);
	if (err) {
		sea_driver_free(driver);
		return err;
	}
	*out = driver;
	return 0;
}

void sea_driver_free(struct sea_driver *driver)
{
	for (struct source *s = driver->sources; s; s = s->next)
		s->dead = true;
	driver->any_dead = true;
	reap(driver);
	if (driver->epoll_fd >= 0)
		close(driver->epoll_fd);
	if (driver->stop_fd >= 0)
		close(driver->stop_fd);
	free(driver);
}
