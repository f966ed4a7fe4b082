/* SPDX-License-Identifier: Apache-2.0 */
/* Which of it is shown where there is no room for all: links, then flows, then drops, each with a share. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/top/screen.h"

#define LINE_MAX_LEN 512

static double by_both(const struct sea_top_flow *flow)
{
	return flow->rx_rate + flow->tx_rate;
}

static double by_rx(const struct sea_top_flow *flow)
{
	return flow->rx_rate;
}

static double by_tx(const struct sea_top_flow *flow)
{
	return flow->tx_rate;
}

static double by_rtt(const struct sea_top_flow *flow)
{
	return flow->rtt_us;
}

static double by_cwnd(const struct sea_top_flow *flow)
{
	return flow->cwnd;
}

static double by_retrans(const struct sea_top_flow *flow)
{
	return flow->retrans;
}

static double by_drops(const struct sea_top_flow *flow)
{
	return (double)flow->drops;
}

const struct sea_top_order sea_top_orders[] = {
	{ 'b', "both", "rates of both directions", by_both },
	{ 'r', "rx", "what comes in", by_rx },
	{ 't', "tx", "what is acknowledged", by_tx },
	{ 'd', "rtt", "delay", by_rtt },
	{ 'w', "cwnd", "window", by_cwnd },
	{ 'x', "retrans", "segments sent again", by_retrans },
	{ 'l', "drops", "packets lost at the socket", by_drops },
	{ 0 },
};

/* -- lines -- */

struct page {
	struct sea_text *to;
	unsigned rows, columns, used;
};

static void line(struct page *page, const char *format, ...) SEA_PRINTF(2, 3);

/* Nothing that the stack says may command the terminal. */
static void line(struct page *page, const char *format, ...)
{
	char text[LINE_MAX_LEN];
	size_t len;
	va_list args;

	if (page->used == page->rows)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = strlen(text);
	if (len > page->columns)
		len = page->columns;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	}
	while (len && text[len - 1] == ' ')
		len--;
	sea_text_add(page->to, text, len);
	sea_text_puts(page->to, "\n");
	page->used++;
}

/* "12.3 kB", "-" where it is not known. */
static const char *amount(char to[SEA_TEXT_AMOUNT_MAX], double value, const char *unit)
{
	return value < 0 ? strcpy(to, "-") : sea_text_amount(to, value, unit);
}

static const char *delay(char to[SEA_TEXT_AMOUNT_MAX], const struct sea_top_flow *flow)
{
	double us = flow->rtt_us;

	if (!flow->rtt_us)
		strcpy(to, "-");
	else if (us < 1000)
		snprintf(to, SEA_TEXT_AMOUNT_MAX, "%.0f us", us);
	else if (us < 1000000)
		snprintf(to, SEA_TEXT_AMOUNT_MAX, "%.1f ms", us / 1000);
	else
		snprintf(to, SEA_TEXT_AMOUNT_MAX, "%.1f s", us / 1000000);
	return to;
}

/* -- links -- */

static void link_lines(struct page *page, const struct sea_top_sample *sample, size_t n)
{
	const struct sea_top_link *link = sea_top_links(sample);

	line(page, "%-15s %10s %10s %8s %8s %10s %10s %8s %8s", "link", "rx B/s", "rx pkt/s",
	     "dropped", "errors", "tx B/s", "tx pkt/s", "dropped", "errors");
	for (size_t i = 0; i < n; i++, link++) {
		char a[4][SEA_TEXT_AMOUNT_MAX];

		line(page,
		     "%-15s %10s %10s %8" PRIu64 " %8" PRIu64 " %10s %10s %8" PRIu64 " %8" PRIu64,
		     link->name, amount(a[0], link->rx_byte_rate, "B"),
		     amount(a[1], link->rx_packet_rate, ""), link->rx_dropped, link->rx_errors,
		     amount(a[2], link->tx_byte_rate, "B"), amount(a[3], link->tx_packet_rate, ""),
		     link->tx_dropped, link->tx_errors);
	}
}

/* -- flows -- */

/* qsort(3) hands nothing through. */
static const struct sea_top_order *sort_order;

static int in_order(const void *left, const void *right)
{
	const struct sea_top_flow *a = left, *b = right;
	double x = sort_order->value(a), y = sort_order->value(b);

	if (x > y)
		return -1;
	if (x < y)
		return 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static void flow_line(struct page *page, const struct sea_top_flow *flow, int width)
{
	char rx[SEA_TEXT_AMOUNT_MAX], tx[SEA_TEXT_AMOUNT_MAX], rtt[SEA_TEXT_AMOUNT_MAX];
	char cwnd[12] = "-", retrans[12] = "-";

	if (strcmp(flow->congestion, "-")) {
		snprintf(cwnd, sizeof(cwnd), "%" PRIu32, flow->cwnd);
		snprintf(retrans, sizeof(retrans), "%" PRIu32, flow->retrans);
	}
	line(page, "%9s %9s %-6s %8s %5s %5s %-4s %-*s %s %s", amount(rx, flow->rx_rate, "B"),
	     amount(tx, flow->tx_rate, "B"), flow->congestion, delay(rtt, flow), cwnd, retrans,
	     flow->protocol, width, flow->local, flow->peer, flow->state);
}

static void flow_lines(struct page *page, struct sea_top_sample *sample, size_t n,
		       const struct sea_top_order *order)
{
	struct sea_top_flow *flow = sea_top_flows(sample);
	int width = 5;

	sort_order = order;
	if (sample->flows.n)
		qsort(flow, sample->flows.n, sizeof(*flow), in_order);
	for (size_t i = 0; i < n; i++) {
		int len = (int)strlen(flow[i].local);

		width = len > width ? len : width;
	}
	line(page, "%9s %9s %-6s %8s %5s %5s %-4s %-*s %s", "rx B/s", "tx B/s", "cc", "rtt", "cwnd",
	     "again", "prot", width, "local", "peer, state");
	for (size_t i = 0; i < n; i++)
		flow_line(page, &flow[i], width);
}

/* -- drops -- */

static int most_dropped(const void *left, const void *right)
{
	const struct sea_top_drop *a = left, *b = right;

	if (a->rate > b->rate)
		return -1;
	if (a->rate < b->rate)
		return 1;
	return a->count > b->count ? -1 : a->count < b->count;
}

static void drop_lines(struct page *page, struct sea_top_sample *sample, size_t n)
{
	struct sea_top_drop *drop = sea_top_drops(sample);

	if (!sample->drops.n) {
		line(page, "nothing was dropped");
		return;
	}
	qsort(drop, sample->drops.n, sizeof(*drop), most_dropped);
	line(page, "%9s %10s %-9s %-22s %s", "dropped/s", "in all", "layer", "reason", "meaning");
	for (size_t i = 0; i < n; i++, drop++) {
		char a[SEA_TEXT_AMOUNT_MAX];

		line(page, "%9s %10" PRIu64 " %-9s %-22s %s", amount(a, drop->rate, ""),
		     drop->count, drop->layer, drop->reason, drop->meaning);
	}
}

/* -- the page -- */

struct shares {
	size_t links, flows, drops;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Links and drops have a quarter each at most, and one line at least; flows have the rest. */
static struct shares share(const struct sea_top_sample *sample, unsigned rows)
{
	size_t quarter = rows / 4 ? rows / 4 : 1;
	struct shares shares = { least(sample->links.n, quarter), 0,
				 least(sample->drops.n, quarter) };
	/* Three at the head, a title each and two empty ones between, one at the foot. */
	size_t taken = 9 + shares.links + shares.drops;

	shares.flows = rows > taken ? least(sample->flows.n, rows - taken) : 0;
	return shares;
}

static void foot(struct page *page, const struct sea_top_view *view)
{
	char keys[LINE_MAX_LEN] = "q ends; order:";
	size_t len = strlen(keys);

	if (!view->keys)
		return;
	for (const struct sea_top_order *order = sea_top_orders; order->name; order++)
		len += (size_t)snprintf(keys + len, sizeof(keys) - len, " %c %s%s", order->key,
					order->name, order[1].name ? "," : "");
	line(page, "%s", keys);
}

void sea_top_screen(struct sea_top_sample *sample, const struct sea_top_view *view,
		    struct sea_text *to)
{
	struct page page = { .to = to, .rows = view->rows, .columns = view->columns };
	struct shares shares = share(sample, view->rows);

	line(&page, "stack %s", sample->head);
	line(&page, "%s", sample->memory);
	line(&page,
	     "shown: %zu of %zu links, %zu of %zu sockets by %s, %zu of %zu reasons of drops",
	     shares.links, sample->links.n, shares.flows, sample->flows.n, view->order->name,
	     shares.drops, sample->drops.n);
	link_lines(&page, sample, shares.links);
	line(&page, " ");
	flow_lines(&page, sample, shares.flows, view->order);
	line(&page, " ");
	drop_lines(&page, sample, shares.drops);
	foot(&page, view);
}
