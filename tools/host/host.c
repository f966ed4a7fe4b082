/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts a host together and runs it. Wrappers from the stack to the wire: coalescing (where the kernel
 * does not do it), faults, capture: what a capture shows is what the wire saw.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <seastack/config.h>
#include <seastack/event.h>
#include <seastack/modules.h>

#include "tools/cli/say.h"
#include "tools/host/device.h"
#include "tools/host/host.h"

/* So many, that the last words of every connection are on the wire. */
#define LAST_TURNS 16

static int set_sysctls(struct sea_host *host)
{
	for (unsigned i = 0; i < host->config->sysctls; i++) {
		const char *text = host->config->sysctl[i], *value = strchr(text, '=') + 1;
		char name[128];
		int err;

		if ((size_t)(value - text) > sizeof(name))
			return sea_say_failed("there is no sysctl %s", text);
		memcpy(name, text, (size_t)(value - text - 1));
		name[value - text - 1] = '\0';
		err = sea_sysctl_set(host->stack, name, value, sea_os_now());
		if (err == -ENOENT)
			return sea_say_failed("there is no sysctl %s", name);
		if (err)
			return sea_say_failed("sysctl %s does not take '%s': %s", name, value,
					      sea_say_errno(err));
	}
	return SEA_EXIT_OK;
}

static int make_stack(struct sea_host *host)
{
	struct sea_env env;
	int err = sea_env_os(&env);

	if (!err)
		err = sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &host->stack);
	if (!err)
		err = sea_driver_new(host->stack, &host->driver);
	if (err)
		return sea_say_failed("cannot make a stack: %s", sea_say_errno(err));
	return set_sysctls(host);
}

static int wrap(struct sea_host *host, sea_time now)
{
	const struct sea_host_config *config = host->config;
	int err = 0;

	if (config->faulty)
		err = sea_wrap_fault(host->link, &config->fault, &host->fault, now);
	if (err)
		return sea_say_failed("cannot prepare the link: %s", sea_say_errno(err));
	if (!config->capture)
		return SEA_EXIT_OK;
	err = sea_capture_file_open(&host->capture, host->link, config->capture,
				    config->capture_limit, now);
	if (err)
		return sea_say_failed("cannot capture to %s: %s", config->capture,
				      sea_say_errno(err));
	return SEA_EXIT_OK;
}

static int add_addr(struct sea_host *host, int ifindex, sea_time now)
{
	struct sea_ifaddr addr = {
		.size = sizeof(addr),
		.ifindex = ifindex,
		.local = host->config->addr,
		.prefix_len = host->config->prefix_len,
	};
	int err = sea_ifaddr_add(host->stack, &addr, now);
	char text[SEA_ADDR_TEXT_MAX];

	if (!err)
		return SEA_EXIT_OK;
	return sea_say_failed("cannot use the address %s/%u: %s", sea_addr_text(&addr.local, text),
			      addr.prefix_len, sea_say_errno(err));
}

static int add_gateway(struct sea_host *host, int ifindex, sea_time now)
{
	struct sea_route route = {
		.size = sizeof(route),
		.dst = { .family = SEA_AF_INET },
		.type = SEA_ROUTE_UNICAST,
		.ifindex = ifindex,
		.gateway = host->config->gateway,
	};
	int err = host->config->gateway.family ? sea_route_add(host->stack, &route, now) : 0;
	char text[SEA_ADDR_TEXT_MAX];

	if (err == -ENETUNREACH)
		return sea_say_failed("the gateway %s is not in the network of --addr",
				      sea_addr_text(&route.gateway, text));
	if (err)
		return sea_say_failed("cannot route through %s: %s",
				      sea_addr_text(&route.gateway, text), sea_say_errno(err));
	return SEA_EXIT_OK;
}

static int configure(struct sea_host *host, sea_time now)
{
	struct sea_link_info info = { .size = sizeof(info) };
	int err = sea_link_set_up(host->link, true, now), status;

	if (err)
		return sea_say_failed("cannot bring the link up: %s", sea_say_errno(err));
	sea_link_info(host->link, &info);
	status = add_addr(host, info.ifindex, now);
	return status ? status : add_gateway(host, info.ifindex, now);
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

	sea_watch_dispatch(&host->watch, event, now);
}

int sea_host_open(struct sea_host *host, const struct sea_host_config *config)
{
	sea_time now = sea_os_now();
	int status, err;

	*host = (struct sea_host){ .config = config, .signal_fd = -1, .started = now };
	status = make_stack(host);
	if (!status)
		status = sea_host_device_open(config, host->stack, &host->port, now);
	if (status)
		return status;
	host->link = sea_port_link(host->port);
	status = wrap(host, now);
	if (!status)
		status = configure(host, now);
	if (status)
		return status;
	sea_driver_on_event(host->driver, on_event, host);
	err = catch_signals(host);
	if (!err)
		err = sea_driver_add_port(host->driver, host->port);
	if (err)
		return sea_say_failed("cannot wait for %s: %s", config->device, sea_say_errno(err));
	return SEA_EXIT_OK;
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

static void turn(struct sea_host *host, sea_time until)
{
	struct sea_port *gone = NULL;
	int err = sea_driver_turn(host->driver, until, &gone);

	if (err) {
		host->gone = true;
		sea_host_stop(host, sea_say_failed("the device %s is gone: %s",
						   host->config->device, sea_say_errno(err)));
	}
	sea_capture_file_drain(&host->capture, sea_os_now());
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
	if (host->driver && host->port)
		say_goodbye(host);
	if (host->link)
		sea_capture_file_close(&host->capture, sea_os_now());
	if (host->signal_fd >= 0) {
		sea_driver_del_fd(host->driver, host->signal_fd);
		close(host->signal_fd);
	}
	if (host->driver)
		sea_driver_free(host->driver);
	if (host->port)
		sea_port_close(host->port, sea_os_now());
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
