/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of `seastack stat` and `seastack drops`. */
#include <inttypes.h>

#include <seastack/link.h>
#include <seastack/stats.h>
#include <seastack/version.h>

#include "tools/cli/json.h"
#include "tools/control/report.h"

static double seconds_up(const struct sea_host *host)
{
	return (double)sea_time_diff(sea_os_now(), host->started) / (double)SEA_SEC;
}

static void link_as_text(const struct sea_link_info *info, struct sea_text *to)
{
	const struct sea_link_stats *stats = &info->stats;
	char mac[SEA_TEXT_MAC_MAX];

	sea_text_printf(to, "link %s: %s, mtu %" PRIu32 ", %s%s\n", info->name,
			sea_text_mac(mac, info->mac), info->mtu, info->up ? "up" : "down",
			info->carrier ? "" : ", no carrier");
	sea_text_printf(to,
			"  received  %" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64
			" dropped, %" PRIu64 " errors\n",
			stats->rx_packets, stats->rx_bytes, stats->rx_dropped, stats->rx_errors);
	sea_text_printf(to,
			"  sent      %" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64
			" dropped, %" PRIu64 " errors\n",
			stats->tx_packets, stats->tx_bytes, stats->tx_dropped, stats->tx_errors);
}

/* NULL: the link's wire is good, or the link is none of those of the command line. */
static struct sea_wrapper *fault_of(const struct sea_host *host, int ifindex)
{
	for (unsigned i = 0; i < host->links; i++) {
		if (host->link[i].ifindex == ifindex)
			return host->link[i].fault;
	}
	return NULL;
}

static void fault_as_text(const char *direction, const struct sea_fault_stats *stats,
			  struct sea_text *to)
{
	sea_text_printf(to,
			"  %s %" PRIu64 " passed, %" PRIu64 " lost, %" PRIu64
			" duplicated, %" PRIu64 " corrupted, %" PRIu64 " reordered, %" PRIu64
			" overflowed\n",
			direction, stats->passed, stats->lost, stats->duplicated, stats->corrupted,
			stats->reordered, stats->overflowed);
}

static void faults_as_text(const struct sea_wrapper *fault, struct sea_text *to)
{
	struct sea_fault_stats rx, tx;

	if (!fault)
		return;
	sea_fault_stats(fault, &rx, &tx);
	fault_as_text("faults received:", &rx, to);
	fault_as_text("faults sent:    ", &tx, to);
}

static void stat_as_text(struct sea_host *host, const char *name, struct sea_text *to)
{
	struct sea_memory memory = { .size = sizeof(memory) };
	struct sea_counter counter;

	sea_text_printf(to, "stack %s: seastack %s, up for %.1f s\n", name, sea_version(),
			seconds_up(host));
	for (struct sea_link *link = NULL; (link = sea_link_next(host->stack, link));) {
		struct sea_link_info info = { .size = sizeof(info) };

		sea_link_info(link, &info);
		link_as_text(&info, to);
		faults_as_text(fault_of(host, info.ifindex), to);
	}
	sea_stack_memory(host->stack, &memory);
	sea_text_printf(to, "memory: %zu bytes held, %zu kept for reuse; %zu sockets, %zu timers\n",
			memory.held, memory.cached, memory.sockets, memory.timers);
	sea_text_printf(to, "TCP: orphan %zu tw %zu alloc %zu mem %zu\n", memory.tcp_orphan,
			memory.tcp_tw, memory.tcp_alloc, memory.tcp_mem);
	for (unsigned i = 0; sea_stack_mib(host->stack, i, &counter); i++) {
		if (counter.value)
			sea_text_printf(to, "  %-32s%" PRIu64 "\n", counter.name, counter.value);
	}
}

static void fault_as_json(const char *direction, const struct sea_fault_stats *stats,
			  struct sea_json *json)
{
	sea_json_open(json, direction, '{');
	sea_json_number(json, "passed", stats->passed);
	sea_json_number(json, "lost", stats->lost);
	sea_json_number(json, "duplicated", stats->duplicated);
	sea_json_number(json, "corrupted", stats->corrupted);
	sea_json_number(json, "reordered", stats->reordered);
	sea_json_number(json, "overflowed", stats->overflowed);
	sea_json_close(json, '}');
}

static void faults_as_json(const struct sea_wrapper *fault, struct sea_json *json)
{
	struct sea_fault_stats rx, tx;

	if (!fault)
		return;
	sea_fault_stats(fault, &rx, &tx);
	sea_json_open(json, "faults", '{');
	fault_as_json("rx", &rx, json);
	fault_as_json("tx", &tx, json);
	sea_json_close(json, '}');
}

static void link_as_json(const struct sea_link_info *info, const struct sea_wrapper *fault,
			 struct sea_json *json)
{
	const struct sea_link_stats *stats = &info->stats;
	char mac[SEA_TEXT_MAC_MAX];

	sea_json_open(json, NULL, '{');
	sea_json_string(json, "name", info->name);
	sea_json_string(json, "mac", sea_text_mac(mac, info->mac));
	sea_json_number(json, "mtu", info->mtu);
	sea_json_bool(json, "up", info->up);
	sea_json_bool(json, "carrier", info->carrier);
	sea_json_number(json, "rx_packets", stats->rx_packets);
	sea_json_number(json, "rx_bytes", stats->rx_bytes);
	sea_json_number(json, "rx_dropped", stats->rx_dropped);
	sea_json_number(json, "rx_errors", stats->rx_errors);
	sea_json_number(json, "tx_packets", stats->tx_packets);
	sea_json_number(json, "tx_bytes", stats->tx_bytes);
	sea_json_number(json, "tx_dropped", stats->tx_dropped);
	sea_json_number(json, "tx_errors", stats->tx_errors);
	faults_as_json(fault, json);
	sea_json_close(json, '}');
}

static void memory_as_json(struct sea_host *host, struct sea_json *json)
{
	struct sea_memory memory = { .size = sizeof(memory) };

	sea_stack_memory(host->stack, &memory);
	sea_json_open(json, "memory", '{');
	sea_json_number(json, "held", memory.held);
	sea_json_number(json, "cached", memory.cached);
	sea_json_number(json, "held_max", memory.held_max);
	sea_json_number(json, "sockets", memory.sockets);
	sea_json_number(json, "timers", memory.timers);
	sea_json_close(json, '}');
	sea_json_open(json, "tcp", '{');
	sea_json_number(json, "orphan", memory.tcp_orphan);
	sea_json_number(json, "tw", memory.tcp_tw);
	sea_json_number(json, "alloc", memory.tcp_alloc);
	sea_json_number(json, "mem", memory.tcp_mem);
	sea_json_close(json, '}');
}

static void stat_as_json(struct sea_host *host, const char *name, struct sea_text *to)
{
	struct sea_json json = { .to = to };
	struct sea_counter counter;

	sea_json_open(&json, NULL, '{');
	sea_json_string(&json, "name", name);
	sea_json_string(&json, "version", sea_version());
	sea_json_number(&json, "uptime_ms", (uint64_t)(seconds_up(host) * 1000));
	sea_json_open(&json, "links", '[');
	for (struct sea_link *link = NULL; (link = sea_link_next(host->stack, link));) {
		struct sea_link_info info = { .size = sizeof(info) };

		sea_link_info(link, &info);
		link_as_json(&info, fault_of(host, info.ifindex), &json);
	}
	sea_json_close(&json, ']');
	memory_as_json(host, &json);
	sea_json_open(&json, "counters", '{');
	for (unsigned i = 0; sea_stack_mib(host->stack, i, &counter); i++)
		sea_json_number(&json, counter.name, counter.value);
	sea_json_close(&json, '}');
	sea_json_close(&json, '}');
	sea_text_puts(to, "\n");
}

void sea_report_stat(struct sea_host *host, const char *name, bool json, struct sea_text *to)
{
	if (json)
		stat_as_json(host, name, to);
	else
		stat_as_text(host, name, to);
}

static void drops_as_json(struct sea_host *host, struct sea_text *to)
{
	struct sea_json json = { .to = to };
	struct sea_counter counter;

	sea_json_open(&json, NULL, '[');
	for (unsigned i = 0; sea_stack_drop(host->stack, i, &counter); i++) {
		sea_json_open(&json, NULL, '{');
		sea_json_string(&json, "reason", counter.name);
		sea_json_string(&json, "layer", counter.layer);
		sea_json_string(&json, "meaning", counter.meaning);
		sea_json_number(&json, "count", counter.value);
		sea_json_close(&json, '}');
	}
	sea_json_close(&json, ']');
	sea_text_puts(to, "\n");
}

void sea_report_drops(struct sea_host *host, bool json, struct sea_text *to)
{
	struct sea_counter counter;
	unsigned given = 0;

	if (json) {
		drops_as_json(host, to);
		return;
	}
	for (unsigned i = 0; sea_stack_drop(host->stack, i, &counter); i++) {
		if (!counter.value)
			continue;
		given++;
		sea_text_printf(to, "%10" PRIu64 "  %-9s %-22s %s\n", counter.value, counter.layer,
				counter.name, counter.meaning);
	}
	if (!given)
		sea_text_puts(to, "nothing was dropped\n");
}
