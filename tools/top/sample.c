/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the reports, and compares two. Fields are cut where they are longer than can be. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/top/sample.h"

#define ROOM_MIN 16

void sea_top_sample_clear(struct sea_top_sample *sample)
{
	sample->links.n = sample->flows.n = sample->drops.n = 0;
	sample->head[0] = sample->memory[0] = '\0';
	sample->complete = sample->failed = false;
}

void sea_top_sample_fini(struct sea_top_sample *sample)
{
	free(sample->links.at);
	free(sample->flows.at);
	free(sample->drops.at);
	*sample = (struct sea_top_sample){ 0 };
}

static void add(struct sea_top_sample *sample, struct sea_top_list *list, const void *item,
		size_t size)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : ROOM_MIN;
		void *at = realloc(list->at, room * size);

		if (!at) {
			sample->failed = true;
			return;
		}
		list->at = at;
		list->room = room;
	}
	memcpy((char *)list->at + list->n * size, item, size);
	list->n++;
}

/* -- lines -- */

static void traffic_line(struct sea_top_sample *sample, const char *line)
{
	uint64_t packets, bytes, dropped, errors;
	struct sea_top_link *link;
	char way[12];

	if (!sample->links.n || sscanf(line,
				       " %11s %" SCNu64 " packets, %" SCNu64 " bytes, %" SCNu64
				       " dropped, %" SCNu64 " errors",
				       way, &packets, &bytes, &dropped, &errors) != 5)
		return;
	link = sea_top_links(sample) + sample->links.n - 1;
	if (!strcmp(way, "received")) {
		link->rx_packets = packets;
		link->rx_bytes = bytes;
		link->rx_dropped = dropped;
		link->rx_errors = errors;
	} else if (!strcmp(way, "sent")) {
		link->tx_packets = packets;
		link->tx_bytes = bytes;
		link->tx_dropped = dropped;
		link->tx_errors = errors;
	}
}

void sea_top_stat_line(struct sea_top_sample *sample, const char *line)
{
	struct sea_top_link link = { .name = "" };

	if (sscanf(line, "link %15[^:]:", link.name) == 1)
		add(sample, &sample->links, &link, sizeof(link));
	else if (!strncmp(line, "stack ", 6))
		snprintf(sample->head, sizeof(sample->head), "%s", line + 6);
	else if (!strncmp(line, "memory: ", 8))
		snprintf(sample->memory, sizeof(sample->memory), "%s", line);
	else
		traffic_line(sample, line);
}

void sea_top_flow_line(struct sea_top_sample *sample, const char *line)
{
	struct sea_top_flow flow = { .id = 0 };

	if (sscanf(line,
		   "%" SCNx64 " %7s %15s %" SCNu64 " %" SCNu64 " %15s %" SCNu32 " %" SCNu32
		   " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu64 " %71s %71s",
		   &flow.id, flow.protocol, flow.state, &flow.rx_bytes, &flow.tx_bytes,
		   flow.congestion, &flow.rtt_us, &flow.cwnd, &flow.retrans, &flow.rx_queue,
		   &flow.tx_queue, &flow.drops, flow.local, flow.peer) == 14)
		add(sample, &sample->flows, &flow, sizeof(flow));
}

void sea_top_drop_line(struct sea_top_sample *sample, const char *line)
{
	struct sea_top_drop drop = { .count = 0 };

	if (sscanf(line, "%" SCNu64 " %15s %39s %119[^\n]", &drop.count, drop.layer, drop.reason,
		   drop.meaning) == 4)
		add(sample, &sample->drops, &drop, sizeof(drop));
}

/* -- rates -- */

/* What was counted from anew, as a link that came again, has no rate below 0. */
static double rate(uint64_t now, uint64_t before, double seconds)
{
	return now < before ? 0 : (double)(now - before) / seconds;
}

static void link_rates(struct sea_top_link *link, const struct sea_top_sample *before,
		       double seconds)
{
	const struct sea_top_link *was = sea_top_links(before);

	for (size_t i = 0; i < before->links.n; i++, was++) {
		if (strcmp(was->name, link->name))
			continue;
		link->rx_byte_rate = rate(link->rx_bytes, was->rx_bytes, seconds);
		link->tx_byte_rate = rate(link->tx_bytes, was->tx_bytes, seconds);
		link->rx_packet_rate = rate(link->rx_packets, was->rx_packets, seconds);
		link->tx_packet_rate = rate(link->tx_packets, was->tx_packets, seconds);
		return;
	}
	link->rx_byte_rate = link->tx_byte_rate = SEA_TOP_UNKNOWN;
	link->rx_packet_rate = link->tx_packet_rate = SEA_TOP_UNKNOWN;
}

/* One that was not there has begun since. */
static void drop_rate(struct sea_top_drop *drop, const struct sea_top_sample *before,
		      double seconds)
{
	const struct sea_top_drop *was = sea_top_drops(before);

	drop->rate = (double)drop->count / seconds;
	for (size_t i = 0; i < before->drops.n; i++, was++) {
		if (!strcmp(was->reason, drop->reason) && !strcmp(was->layer, drop->layer))
			drop->rate = rate(drop->count, was->count, seconds);
	}
}

static int by_id(const void *left, const void *right)
{
	const struct sea_top_flow *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* Both are in order; ids are never used again. */
static void flow_rates(struct sea_top_sample *sample, const struct sea_top_sample *before,
		       double seconds)
{
	const struct sea_top_flow *was = sea_top_flows(before);
	const struct sea_top_flow *end = was ? was + before->flows.n : was;
	struct sea_top_flow *flow = sea_top_flows(sample);

	for (size_t i = 0; i < sample->flows.n; i++, flow++) {
		bool known;

		if (!flow->id || !strcmp(flow->congestion, "-"))
			continue;
		while (was < end && was->id < flow->id)
			was++;
		known = was < end && was->id == flow->id;
		flow->rx_rate = rate(flow->rx_bytes, known ? was->rx_bytes : 0, seconds);
		flow->tx_rate = rate(flow->tx_bytes, known ? was->tx_bytes : 0, seconds);
	}
}

static void no_rates(struct sea_top_sample *sample)
{
	struct sea_top_link *link = sea_top_links(sample);
	struct sea_top_drop *drop = sea_top_drops(sample);

	for (size_t i = 0; i < sample->links.n; i++, link++) {
		link->rx_byte_rate = link->tx_byte_rate = SEA_TOP_UNKNOWN;
		link->rx_packet_rate = link->tx_packet_rate = SEA_TOP_UNKNOWN;
	}
	for (size_t i = 0; i < sample->drops.n; i++, drop++)
		drop->rate = SEA_TOP_UNKNOWN;
}

static void sort_by_id(struct sea_top_sample *sample)
{
	if (sample->flows.n)
		qsort(sample->flows.at, sample->flows.n, sizeof(struct sea_top_flow), by_id);
}

void sea_top_sample_end(struct sea_top_sample *sample, struct sea_top_sample *before, sea_time now)
{
	struct sea_top_flow *flow = sea_top_flows(sample);
	double seconds = (double)sea_time_diff(now, before->at) / (double)SEA_SEC;

	sample->at = now;
	sample->complete = true;
	for (size_t i = 0; i < sample->flows.n; i++)
		flow[i].rx_rate = flow[i].tx_rate = SEA_TOP_UNKNOWN;
	if (!before->complete || seconds <= 0) {
		no_rates(sample);
		return;
	}
	sort_by_id(sample);
	sort_by_id(before);
	flow_rates(sample, before, seconds);
	for (size_t i = 0; i < sample->links.n; i++)
		link_rates(sea_top_links(sample) + i, before, seconds);
	for (size_t i = 0; i < sample->drops.n; i++)
		drop_rate(sea_top_drops(sample) + i, before, seconds);
}
