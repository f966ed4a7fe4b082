/* SPDX-License-Identifier: Apache-2.0 */
/* `seastack ping`: through a running stack, or through one of its own when there is a --link. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/cli/option.h"
#include "tools/cli/parse.h"
#include "tools/cli/say.h"
#include "tools/control/control.h"
#include "tools/ping/ping.h"
#include "tools/verbs/target.h"
#include "tools/verbs/verb.h"

#define HOUR (3600 * SEA_SEC)

struct settings {
	struct sea_host_config host; /* first */
	struct sea_target target;
	struct sea_ping_config ping;
	uint8_t family; /* 0: either */
};

static const char *set_name(void *to, const char *value)
{
	return sea_target_set_name(&((struct settings *)to)->target, value);
}

static const char *set_control(void *to, const char *value)
{
	return sea_target_set_control(&((struct settings *)to)->target, value);
}

static const char *set_count(void *to, const char *value)
{
	struct settings *settings = to;

	return sea_parse_number(value, UINT32_MAX, &settings->ping.count) && settings->ping.count
		       ? NULL
		       : "write a number of questions, such as 3";
}

static const char *set_interval(void *to, const char *value)
{
	struct settings *settings = to;
	int64_t *ns = &settings->ping.interval_ns;

	return sea_parse_seconds(value, ns) && *ns >= SEA_PING_INTERVAL_MIN && *ns <= HOUR
		       ? NULL
		       : "write seconds from 0.002 to 3600";
}

static const char *set_wait(void *to, const char *value)
{
	struct settings *settings = to;
	int64_t *ns = &settings->ping.wait_ns;

	return sea_parse_seconds(value, ns) && *ns && *ns <= HOUR ? NULL
								  : "write seconds up to 3600";
}

static const char *set_size(void *to, const char *value)
{
	struct settings *settings = to;
	uint64_t size;

	if (!sea_parse_number(value, SEA_PING_SIZE_MAX, &size))
		return "write a number of bytes up to 65507";
	settings->ping.size = (uint32_t)size;
	return NULL;
}

static const char *set_ipv4(void *to, const char *value)
{
	(void)value;
	((struct settings *)to)->family = SEA_AF_INET;
	return NULL;
}

static const char *set_ipv6(void *to, const char *value)
{
	(void)value;
	((struct settings *)to)->family = SEA_AF_INET6;
	return NULL;
}

static const struct sea_option ping_options[] = {
	{ "count", "N", "stop after N questions [never]", set_count, 'c' },
	{ "interval", "SECONDS", "between two questions [1]", set_interval, 'i' },
	{ "wait", "SECONDS", "for the last answer [1]", set_wait, 'W' },
	{ "size", "BYTES", "of data in each [56]", set_size, 's' },
	{ "ipv4", NULL, "HOST must be an IPv4 address", set_ipv4, '4' },
	{ "ipv6", NULL, "HOST must be an IPv6 address", set_ipv6, '6' },
	{ 0 },
};

static const struct sea_option target_options[] = {
	{ "name", "NAME", "the stack of this name [the only one]", set_name, 0 },
	{ "control", "SOCKET", "the stack with this control socket", set_control, 0 },
	{ 0 },
};

static const struct sea_option_group groups[] = {
	{ "The questions:", ping_options },
	{ "Through a running stack:", target_options },
	{ "Or through a stack of its own:", sea_link_options },
	{ "Its network:", sea_host_options },
	{ 0 },
};

static const struct sea_usage usage = {
	.verb = "ping",
	.operands = "HOST",
	.about =
		"Asks the address HOST, such as 10.9.0.1 or fe80::1%sea0, to answer (ICMP or ICMPv6\n"
		"echo), and tells how long it took. The status is 0 when any answer came.",
	.groups = groups,
	.notes = "  seastack ping -c 3 10.9.0.1\n"
		 "  seastack ping -c 3 --link tap:sea1 --addr 10.9.1.2/24 10.9.1.1",
	.operands_min = 1,
	.operands_max = 1,
};

static void say_line(void *arg, const char *line)
{
	(void)arg;
	puts(line);
	fflush(stdout);
}

static void done(void *arg, int status)
{
	struct sea_host *host = arg;

	sea_host_stop(host, status);
}

static int run_ping(struct sea_host *host, const struct sea_ping_config *config)
{
	static struct sea_ping ping;
	int err, status;

	ping.say = say_line;
	ping.done = done;
	ping.arg = host;
	err = sea_ping_start(&ping, host, config);
	if (err)
		return sea_say_failed("cannot ping: %s", sea_say_errno(err));
	status = sea_host_run(host);
	if (host->interrupted && ping.watcher.cookie) {
		sea_ping_finish(&ping, sea_os_now());
		status = host->status;
	}
	return status;
}

static int ping_own(struct settings *settings)
{
	static struct sea_host host = { .signal_fd = -1 };
	int status = sea_host_config_check(&settings->host, true);

	if (status != SEA_USAGE_RUN)
		return status;
	status = sea_host_open(&host, &settings->host);
	if (!status && settings->ping.host.addr.family == SEA_AF_INET6)
		status = sea_host_settle(&host);
	if (!status)
		status = run_ping(&host, &settings->ping);
	sea_host_close(&host);
	return status;
}

static int ping_through(const struct settings *settings, const char *to)
{
	const struct sea_ping_config *ping = &settings->ping;
	char line[SEA_CONTROL_LINE_MAX];

	snprintf(line, sizeof(line), "ping %s %" PRIu64 " %" PRId64 " %" PRId64 " %" PRIu32, to,
		 ping->count, ping->interval_ns, ping->wait_ns, ping->size);
	return sea_target_call(&settings->target, line);
}

int sea_verb_ping(int argc, char **argv)
{
	static struct settings settings = { .ping = SEA_PING_CONFIG_INIT };
	bool own, running;
	int n, status = sea_usage_parse(&usage, argc, argv, &settings, &n);

	if (status != SEA_USAGE_RUN)
		return status;
	if (!sea_peer_parse(argv[0], &settings.ping.host))
		return sea_say_usage("%s is no address, and names are not looked up", argv[0]);
	if (settings.family && settings.ping.host.addr.family != settings.family)
		return sea_say_usage("%s is no IPv%c address", argv[0],
				     settings.family == SEA_AF_INET ? '4' : '6');
	own = sea_host_config_begun(&settings.host);
	running = settings.target.name || settings.target.control;
	if (own && running)
		return sea_say_usage(
			"say --link for a stack of its own, or --name for a running one, "
			"but not both");
	return own ? ping_own(&settings) : ping_through(&settings, argv[0]);
}
