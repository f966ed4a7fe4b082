/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `seastack stat --prometheus`: the text format 0.0.4 that Prometheus scrapes. All samples of a metric
 * stand together behind its type. Linux's counters keep their names, as a label.
 */
#include <inttypes.h>
#include <stddef.h>

#include <seastack/link.h>
#include <seastack/stats.h>
#include <seastack/version.h>

#include "tools/control/report.h"

struct page {
	struct sea_host *host;
	const char *stack;
	struct sea_text *to;
};

static void begin(struct page *page, const char *metric, const char *type, const char *help)
{
	sea_text_printf(page->to, "# HELP seastack_%s %s\n# TYPE seastack_%s %s\n", metric, help,
			metric, type);
}

/* A label's value: quotes, backslashes and newlines are escaped. */
static void label(struct page *page, const char *name, const char *value)
{
	sea_text_printf(page->to, ",%s=\"", name);
	while (*value) {
		if (*value == '\n') {
			sea_text_puts(page->to, "\\n");
			value++;
			continue;
		}
		if (*value == '"' || *value == '\\')
			sea_text_puts(page->to, "\\");
		value += sea_text_utf8(page->to, value);
	}
	sea_text_puts(page->to, "\"");
}

static void sample(struct page *page, const char *metric)
{
	sea_text_printf(page->to, "seastack_%s{stack=\"%s\"", metric, page->stack);
}

static void value(struct page *page, uint64_t number)
{
	sea_text_printf(page->to, "} %" PRIu64 "\n", number);
}

/* A metric with one sample. */
static void single(struct page *page, const char *metric, const char *help, uint64_t number)
{
	begin(page, metric, "gauge", help);
	sample(page, metric);
	value(page, number);
}

static void put_info(struct page *page)
{
	double up = (double)sea_time_diff(sea_os_now(), page->host->started) / (double)SEA_SEC;

	begin(page, "info", "gauge", "Which Seastack this is.");
	sample(page, "info");
	label(page, "version", sea_version());
	value(page, 1);
	begin(page, "uptime_seconds", "gauge", "Since the stack began.");
	sample(page, "uptime_seconds");
	sea_text_printf(page->to, "} %.3f\n", up);
}

/* -- links -- */

#define STATS(member) offsetof(struct sea_link_stats, member)

static const struct link_metric {
	const char *name, *help;
	size_t offset;
} link_metrics[] = {
	{ "link_receive_packets_total", "Packets received.", STATS(rx_packets) },
	{ "link_receive_bytes_total", "Bytes received.", STATS(rx_bytes) },
	{ "link_receive_drops_total", "Packets dropped on their way in.", STATS(rx_dropped) },
	{ "link_receive_errors_total", "Packets received with errors.", STATS(rx_errors) },
	{ "link_transmit_packets_total", "Packets sent.", STATS(tx_packets) },
	{ "link_transmit_bytes_total", "Bytes sent.", STATS(tx_bytes) },
	{ "link_transmit_drops_total", "Packets dropped on their way out.", STATS(tx_dropped) },
	{ "link_transmit_errors_total", "Packets that could not be sent.", STATS(tx_errors) },
};

static void link_sample(struct page *page, const char *metric, const struct sea_link_info *info,
			uint64_t number)
{
	sample(page, metric);
	label(page, "link", info->name);
	value(page, number);
}

static void put_links_up(struct page *page)
{
	begin(page, "link_up", "gauge", "1: the link is up and has a carrier.");
	for (struct sea_link *link = NULL; (link = sea_link_next(page->host->stack, link));) {
		struct sea_link_info info = { .size = sizeof(info) };

		sea_link_info(link, &info);
		link_sample(page, "link_up", &info, info.up && info.carrier);
	}
}

static void put_link_metric(struct page *page, const struct link_metric *metric)
{
	begin(page, metric->name, "counter", metric->help);
	for (struct sea_link *link = NULL; (link = sea_link_next(page->host->stack, link));) {
		struct sea_link_info info = { .size = sizeof(info) };
		const uint8_t *stats = (const uint8_t *)&info.stats;

		sea_link_info(link, &info);
		link_sample(page, metric->name, &info,
			    *(const uint64_t *)(const void *)(stats + metric->offset));
	}
}

/* -- the stack -- */

static void put_memory(struct page *page)
{
	struct sea_memory memory = { .size = sizeof(memory) };

	sea_stack_memory(page->host->stack, &memory);
	single(page, "memory_held_bytes", "Memory in use.", memory.held);
	single(page, "memory_cached_bytes", "Free memory that is kept for reuse.", memory.cached);
	single(page, "sockets", "Open sockets.", memory.sockets);
	single(page, "timers", "Timers that run.", memory.timers);
	single(page, "tcp_orphans", "Connections without a program.", memory.tcp_orphan);
	single(page, "tcp_time_wait", "Connections in TIME_WAIT.", memory.tcp_tw);
	single(page, "tcp_sockets", "TCP's sockets.", memory.tcp_alloc);
	single(page, "tcp_memory_pages", "Pages charged to net.ipv4.tcp_mem.", memory.tcp_mem);
}

static void put_counters(struct page *page)
{
	struct sea_counter counter;

	begin(page, "mib", "untyped", "Linux's counters, by the names that nstat(8) has.");
	for (unsigned i = 0; sea_stack_mib(page->host->stack, i, &counter); i++) {
		sample(page, "mib");
		label(page, "name", counter.name);
		value(page, counter.value);
	}
	begin(page, "drops_total", "counter", "Packets discarded, by reason.");
	for (unsigned i = 0; sea_stack_drop(page->host->stack, i, &counter); i++) {
		sample(page, "drops_total");
		label(page, "layer", counter.layer);
		label(page, "reason", counter.name);
		value(page, counter.value);
	}
}

void sea_report_prometheus(struct sea_host *host, const char *name, struct sea_text *to)
{
	struct page page = { host, name, to };

	put_info(&page);
	put_links_up(&page);
	for (size_t i = 0; i < sizeof(link_metrics) / sizeof(link_metrics[0]); i++)
		put_link_metric(&page, &link_metrics[i]);
	put_memory(&page);
	put_counters(&page);
}
