/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a host together and runs it: stack, links, sysctls, addresses, routes, in this order. */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <seastack/config.h>
#include <seastack/event.h>
#include <seastack/modules.h>

#include "tools/cli/say.h"
#include "tools/host/host.h"
#include "tools/host/multicast.h"
#include "tools/host/routes.h"

/* So many, that the last words of every connection are on the wire. */
#define LAST_TURNS 16
/* Detection begins within a second and waits for another, by default. */
#define SETTLE_NS (10 * SEA_SEC)
#define SETTLE_STEP_NS (20 * SEA_MSEC)

/* Time stamps that programs get are of the clock on the wall. */
static int64_t wall_offset_ns(void)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return wall.tv_sec * SEA_SEC + wall.tv_nsec - sea_os_now().ns;
}

static int make_stack(struct sea_host *host)
{
	struct sea_stack_config config = SEA_STACK_CONFIG_INIT;
	struct sea_env env;
	int err = sea_env_os(&env);

	config.wall_offset_ns = wall_offset_ns();
	if (!err)
		err = sea_stack_new(&config, &env, sea_modules_all, sea_modules_all_n,
				    &host->stack);
	if (!err)
		err = sea_driver_new(host->stack, &host->driver);
	if (err)
		return sea_say_failed("cannot make a stack: %s", sea_say_errno(err));
	sea_driver_set_busy_poll(host->driver, host->config->busy_poll_us * SEA_USEC);
	return SEA_EXIT_OK;
}

/* A stack without one of the families has nothing of it to pass on. */
static int become_router(struct sea_host *host)
{
	static const char *const names[] = { "net.ipv4.ip_forward",
					     "net.ipv6.conf.all.forwarding" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int err = sea_sysctl_set(host->stack, names[i], "1", sea_os_now());

		if (err && err != -ENOENT)
			return sea_say_failed("cannot forward: %s", sea_say_errno(err));
	}
	return SEA_EXIT_OK;
}

/* One of them: 0, -ENOENT (not said), or -EINVAL, said. */
static int set_sysctl(struct sea_host *host, const char *text)
{
	const char *value = strchr(text, '=') + 1;
	char name[SEA_SYSCTL_NAME_MAX];
	int err;

	if ((size_t)(value - text) > sizeof(name))
		return -ENOENT;
	memcpy(name, text, (size_t)(value - text - 1));
	name[value - text - 1] = '\0';
	err = sea_sysctl_set(host->stack, name, value, sea_os_now());
	if (!err || err == -ENOENT)
		return err;
	sea_say("sysctl %s does not take '%s': %s", name, value, sea_say_errno(err));
	return -EINVAL;
}

/*
 * Those that links begin with must be there before the links; those of a link, once it is there. So
 * one that is not found is tried again then, and `missing` has a bit for it.
 */
static int set_sysctls(struct sea_host *host, uint64_t *missing)
{
	static_assert(SEA_HOST_SYSCTL_MAX <= 64, "a bit for each");

	for (unsigned i = 0; i < host->config->sysctls; i++) {
		int err = *missing & UINT64_C(1) << i ? set_sysctl(host, host->config->sysctl[i])
						      : 0;

		if (!err)
			*missing &= ~(UINT64_C(1) << i);
		else if (err != -ENOENT)
			return SEA_EXIT_FAILED;
	}
	return SEA_EXIT_OK;
}

static int say_missing(const struct sea_host *host, uint64_t missing)
{
	for (unsigned i = 0; i < host->config->sysctls; i++) {
		const char *text = host->config->sysctl[i];

		if (missing & UINT64_C(1) << i)
			return sea_say_failed("there is no sysctl %.*s", (int)strcspn(text, "="),
					      text);
	}
	return SEA_EXIT_OK;
}

static int open_links(struct sea_host *host, sea_time now)
{
	const struct sea_host_config *config = host->config;
	uint64_t missing = UINT64_MAX;
	int status = config->forward ? become_router(host) : SEA_EXIT_OK;

	if (!status)
		status = set_sysctls(host, &missing);
	for (unsigned i = 0; i < config->links && !status; i++) {
		host->links++;
		status = sea_host_link_open(&host->link[i], &config->link[i], host->stack, now);
	}
	if (!status)
		status = set_sysctls(host, &missing);
	return status ? status : say_missing(host, missing);
}

static int configure(struct sea_host *host, sea_time now)
{
	int status = SEA_EXIT_OK;

	for (unsigned i = 0; i < host->links && !status; i++)
		status = sea_host_link_up(&host->link[i], host->stack, now);
	for (unsigned i = 0; i < host->links && !status; i++)
		status = sea_host_link_gateways(&host->link[i], host->stack, now);
	for (unsigned i = 0; i < host->config->routes && !status; i++)
		status = sea_host_add_route(host->stack, &host->config->route[i], now);
	if (!status)
		status = sea_host_route_groups(host->stack, host->config->mroute,
					       host->config->mroutes, now);
	return status;
}

static void on_signal(void *arg, uint32_t events, sea_time now)
{
	struct sea_host *host = arg;
	struct signalfd_siginfo info;

	(void)events;
	(void)now;
	if (read(host->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	host->interrupted = true;
	sea_host_stop(host, SEA_EXIT_OK);
}

/* SIGINT, SIGTERM and SIGHUP end the run in order. */
static int catch_signals(struct sea_host *host)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	host->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (host->signal_fd < 0)
		return -errno;
	return sea_driver_add_fd(host->driver, host->signal_fd, EPOLLIN, on_signal, host);
}

static void on_event(void *arg, const struct sea_event *event, sea_time now)
{
	struct sea_host *host = arg;

	if (event->kind == SEA_EVENT_MROUTE)
		sea_host_ignore_upcalls(host->stack);
	sea_watch_dispatch(&host->watch, event, now);
}

static int drive(struct sea_host *host)
{
	int err = catch_signals(host);

	if (err)
		return sea_say_failed("cannot wait for signals: %s", sea_say_errno(err));
	for (unsigned i = 0; i < host->links; i++) {
		err = sea_driver_add_port(host->driver, host->link[i].port);
		if (err)
			return sea_say_failed("cannot wait for %s: %s", host->link[i].spec->device,
					      sea_say_errno(err));
	}
	return SEA_EXIT_OK;
}

int sea_host_open(struct sea_host *host, const struct sea_host_config *config)
{
	sea_time now = sea_os_now();
	int status;

	*host = (struct sea_host){ .config = config, .signal_fd = -1, .started = now };
	status = make_stack(host);
	if (!status)
		status = open_links(host, now);
	if (!status)
		status = configure(host, now);
	if (status)
		return status;
	sea_driver_on_event(host->driver, on_event, host);
	return drive(host);
}

static sea_time next_tick(const struct sea_host *host)
{
	sea_time due = SEA_TIME_NEVER;

	for (const struct sea_ticker *ticker = host->tickers; ticker; ticker = ticker->next)
		due = sea_time_min(due, ticker->due);
	return due;
}

/* A ticker may remove itself, or others: begin anew after each. */
static void run_tickers(struct sea_host *host, sea_time now)
{
	struct sea_ticker *ticker = host->tickers;

	while (ticker) {
		if (sea_time_before(now, ticker->due)) {
			ticker = ticker->next;
			continue;
		}
		ticker->due = SEA_TIME_NEVER;
		ticker->tick(ticker, now);
		ticker = host->tickers;
	}
}

/* Its link; `others` have a device still. */
static struct sea_host_link *link_of(struct sea_host *host, const struct sea_port *port,
				     bool *others)
{
	struct sea_host_link *found = NULL;

	*others = false;
	for (unsigned i = 0; i < host->links; i++) {
		if (host->link[i].port == port)
			found = &host->link[i];
		else if (host->link[i].port)
			*others = true;
	}
	return found;
}

/* The link goes with it, and with that its addresses and routes, as Linux has it; the last ends all. */
static void device_gone(struct sea_host *host, const struct sea_port *gone, int err)
{
	bool others;
	struct sea_host_link *link = link_of(host, gone, &others);
	const char *device = link->spec->device;

	if (others) {
		sea_say("the device %s is gone: %s; the others go on", device, sea_say_errno(err));
		sea_host_link_close(link, sea_os_now());
		return;
	}
	host->gone = true;
	sea_host_stop(host,
		      sea_say_failed("the device %s is gone: %s", device, sea_say_errno(err)));
}

static void wait_failed(struct sea_host *host, int err)
{
	host->gone = true;
	sea_host_stop(host, sea_say_failed("cannot wait any more: %s", sea_say_errno(err)));
}

static void turn(struct sea_host *host, sea_time until)
{
	struct sea_port *gone = NULL;
	int err = sea_driver_turn(host->driver, until, &gone);

	if (gone)
		device_gone(host, gone, err);
	else if (err)
		wait_failed(host, err);
	for (unsigned i = 0; i < host->links; i++)
		sea_host_link_drain(&host->link[i], sea_os_now());
}

/* An address that is waited for, or one that somebody else has. */
static bool find_addr(const struct sea_host *host, uint32_t flag, struct sea_ifaddr *addr)
{
	uint64_t cursor = 0;

	addr->size = sizeof(*addr);
	while (sea_ifaddr_next(host->stack, &cursor, addr)) {
		if (addr->flags & flag)
			return true;
	}
	return false;
}

int sea_host_settle(struct sea_host *host)
{
	sea_time end = sea_time_add(sea_os_now(), SETTLE_NS);
	char text[SEA_ADDR_TEXT_MAX];
	struct sea_ifaddr addr;

	while (!host->stop && sea_time_before(sea_os_now(), end) &&
	       find_addr(host, SEA_IFA_TENTATIVE, &addr) && !(addr.flags & SEA_IFA_DADFAILED))
		turn(host, sea_time_add(sea_os_now(), SETTLE_STEP_NS));
	if (host->stop)
		return host->interrupted ? sea_say_failed("interrupted") : host->status;
	if (!find_addr(host, SEA_IFA_DADFAILED, &addr))
		return SEA_EXIT_OK;
	return sea_say_failed("the address %s belongs to another host of the network",
			      sea_addr_text(&addr.local, text));
}

int sea_host_run(struct sea_host *host)
{
	while (!host->stop) {
		turn(host, next_tick(host));
		run_tickers(host, sea_os_now());
	}
	return host->status;
}

void sea_host_stop(struct sea_host *host, int status)
{
	if (!host->stop || status)
		host->status = status;
	host->stop = true;
}

/* Peers are told, as the kernel tells them when a process dies with its connections unread. */
static void reset_connections(struct sea_host *host, sea_time now)
{
	struct sea_socket_info info = { .size = sizeof(info) };
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	uint64_t cursor = 0;

	while (sea_socket_next(host->stack, &cursor, &info)) {
		if (info.type != SOCK_STREAM || sea_socket_is_none(info.socket))
			continue;
		if (!sea_socket_setsockopt(host->stack, info.socket, SOL_SOCKET, SO_LINGER,
					   &at_once, sizeof(at_once), now))
			sea_socket_close(host->stack, info.socket, now);
	}
}

static void say_goodbye(struct sea_host *host)
{
	reset_connections(host, sea_os_now());
	sea_watch_fini(&host->watch, sea_os_now());
	for (int i = 0; i < LAST_TURNS && !host->gone; i++)
		turn(host, sea_os_now());
}

void sea_host_close(struct sea_host *host)
{
	if (host->driver && host->links)
		say_goodbye(host);
	if (host->signal_fd >= 0) {
		sea_driver_del_fd(host->driver, host->signal_fd);
		close(host->signal_fd);
	}
	for (unsigned i = 0; i < host->links; i++) {
		if (host->link[i].port)
			sea_driver_del_port(host->driver, host->link[i].port);
		sea_host_link_close(&host->link[i], sea_os_now());
	}
	if (host->driver)
		sea_driver_free(host->driver);
	if (host->stack)
		sea_stack_free(host->stack);
}

int sea_host_watch(struct sea_host *host, sea_socket sock, const struct sea_watcher_ops *ops,
		   struct sea_watcher *watcher)
{
	uint32_t mask = SEA_POLLIN | SEA_POLLOUT | SEA_POLLRDHUP;

	return sea_watch_add(&host->watch, host->stack, sock, mask, ops, watcher);
}

void sea_host_unwatch(struct sea_host *host, struct sea_watcher *watcher, sea_time now)
{
	sea_watch_remove(&host->watch, watcher);
	sea_socket_close(host->stack, watcher->sock, now);
	watcher->sock = SEA_SOCKET_NONE;
}

void sea_host_add_ticker(struct sea_host *host, struct sea_ticker *ticker)
{
	ticker->next = host->tickers;
	host->tickers = ticker;
}

void sea_host_del_ticker(struct sea_host *host, struct sea_ticker *ticker)
{
	for (struct sea_ticker **at = &host->tickers; *at; at = &(*at)->next) {
		if (*at == ticker) {
			*at = ticker->next;
			return;
		}
	}
}
