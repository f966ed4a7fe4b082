/* SPDX-License-Identifier: Apache-2.0 */
/* `seastack get`: a stack for one download. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/cli/option.h"
#include "tools/cli/parse.h"
#include "tools/cli/say.h"
#include "tools/cli/text.h"
#include "tools/http/fetch.h"
#include "tools/verbs/verb.h"

#define PROGRESS_NS (200 * SEA_MSEC)

struct settings {
	struct sea_host_config host; /* first */
	const char *output;
	int64_t timeout_ns;
	bool quiet;
};

struct get {
	struct sea_host host;
	struct sea_fetch fetch;
	struct sea_url url;
	struct sea_ticker ticker;
	int64_t timeout_ns;
	bool progress;
};

static const char *set_output(void *to, const char *value)
{
	struct settings *settings = to;

	settings->output = value;
	return *value ? NULL : "write the name of a file, or -";
}

static const char *set_timeout(void *to, const char *value)
{
	struct settings *settings = to;

	return sea_parse_seconds(value, &settings->timeout_ns) && settings->timeout_ns
		       ? NULL
		       : "write a number of seconds, such as 30";
}

static const char *set_quiet(void *to, const char *value)
{
	struct settings *settings = to;

	(void)value;
	settings->quiet = true;
	return NULL;
}

static const struct sea_option own_options[] = {
	{ "output", "FILE", "write to FILE; - is standard output [the URL's last\nword]",
	  set_output, 'o' },
	{ "timeout", "SECONDS", "give up when nothing comes for so long [60]", set_timeout, 0 },
	{ "quiet", NULL, "say nothing but what goes wrong", set_quiet, 'q' },
	{ 0 },
};

static const struct sea_option_group groups[] = {
	{ "The download:", own_options },
	{ "The links:", sea_link_options },
	{ "The network:", sea_host_options },
	{ 0 },
};

static const struct sea_usage usage = {
	.verb = "get",
	.operands = "URL",
	.about = "Fetches http://ADDRESS[:PORT]/PATH through a stack of its own; an IPv6 address\n"
		 "stands in brackets. The file is FILE.part until all of it is there.",
	.groups = groups,
	.notes = "  seastack get --link tap:sea1 --addr 10.9.1.2/24 http://10.9.1.1:8000/file",
	.operands_min = 1,
	.operands_max = 1,
};

static double seconds_of(const struct get *get)
{
	double seconds = (double)sea_time_diff(sea_os_now(), get->fetch.began) / (double)SEA_SEC;

	return seconds > 0 ? seconds : 1e-9;
}

static void show_progress(const struct get *get, const char *end)
{
	char done[SEA_TEXT_AMOUNT_MAX], total[SEA_TEXT_AMOUNT_MAX], rate[SEA_TEXT_AMOUNT_MAX];
	double bytes = (double)get->fetch.download.written;

	sea_text_amount(done, bytes, "B");
	sea_text_amount(total, (double)get->fetch.reply.length, "B");
	sea_text_amount(rate, bytes / seconds_of(get), "B/s");
	fprintf(stderr, "\r%s%s%s, %s    %s", done, get->fetch.reply.has_length ? " of " : "",
		get->fetch.reply.has_length ? total : "", rate, end);
}

static void tick(struct sea_ticker *ticker, sea_time now)
{
	struct get *get = (struct get *)((char *)ticker - offsetof(struct get, ticker));

	if (sea_time_diff(now, get->fetch.moved) >= get->timeout_ns) {
		sea_host_stop(&get->host, sea_say_failed("nothing has come for %" PRId64 " seconds",
							 get->timeout_ns / SEA_SEC));
		return;
	}
	if (get->progress)
		show_progress(get, "");
	ticker->due = sea_time_add(now, PROGRESS_NS);
}

static void say_result(const struct get *get, const struct settings *settings, const char *path)
{
	char rate[SEA_TEXT_AMOUNT_MAX];

	if (get->progress)
		show_progress(get, "\n");
	if (settings->quiet)
		return;
	sea_text_amount(rate, (double)get->fetch.download.written / seconds_of(get), "B/s");
	fprintf(stderr, "%s: %" PRIu64 " bytes in %.2f s (%s)\n", path, get->fetch.download.written,
		seconds_of(get), rate);
}

static int fetch(struct get *get, const struct settings *settings, const char *path)
{
	int status;

	get->timeout_ns = settings->timeout_ns;
	get->progress = !settings->quiet && isatty(STDERR_FILENO);
	get->ticker = (struct sea_ticker){ .due = sea_os_now(), .tick = tick };
	sea_host_add_ticker(&get->host, &get->ticker);
	sea_fetch_start(&get->fetch, &get->host, &get->url, path);
	status = sea_host_run(&get->host);
	if (!status && get->host.interrupted)
		status = sea_say_failed("interrupted");
	else if (!status)
		say_result(get, settings, path);
	return status;
}

int sea_verb_get(int argc, char **argv)
{
	static struct settings settings = { .timeout_ns = 60 * SEA_SEC };
	static struct get get = { .host.signal_fd = -1, .fetch.download.fd = -1 };
	char name[NAME_MAX + 1];
	const char *wrong, *path;
	int n, status = sea_usage_parse(&usage, argc, argv, &settings, &n);

	if (status == SEA_USAGE_RUN)
		status = sea_host_config_check(&settings.host, true);
	if (status != SEA_USAGE_RUN)
		return status;
	wrong = sea_url_parse(argv[0], &get.url);
	if (wrong)
		return sea_say_usage("%s: %s", argv[0], wrong);
	sea_url_filename(&get.url, name, sizeof(name));
	path = settings.output ? settings.output : name;
	status = sea_host_open(&get.host, &settings.host);
	if (!status && get.url.host.addr.family == SEA_AF_INET6)
		status = sea_host_settle(&get.host);
	if (!status)
		status = fetch(&get, &settings, path);
	sea_host_close(&get.host);
	sea_fetch_fini(&get.fetch);
	return status;
}
