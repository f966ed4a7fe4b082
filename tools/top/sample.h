/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a running stack said at one time, in the words of the control socket's "stat", "flows" and "drops", and
 * how much of it is new since the sample before.
 */
#ifndef SEA_TOP_SAMPLE_H
#define SEA_TOP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/link.h>
#include <seastack/time.h>

/* A rate that is not known: there was no sample before, or it is not counted. */
#define SEA_TOP_UNKNOWN (-1.0)

struct sea_top_link {
	char name[SEA_IFNAMSIZ];
	uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
	uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
	/* A second. */
	double rx_byte_rate, tx_byte_rate, rx_packet_rate, tx_packet_rate;
};

struct sea_top_flow {
	uint64_t id; /* 0: none */
	char protocol[8], state[16];
	char congestion[16]; /* "-": the following numbers up to retrans are none */
	uint64_t rx_bytes, tx_bytes;
	uint32_t rtt_us, cwnd, retrans;
	uint32_t rx_queue, tx_queue;
	uint64_t drops;
	char local[72], peer[72];
	double rx_rate, tx_rate; /* bytes a second */
};

struct sea_top_drop {
	uint64_t count;
	char layer[16], reason[40], meaning[120];
	double rate;
};

struct sea_top_list {
	void *at;
	size_t n, room;
};

struct sea_top_sample {
	sea_time at;   /* when it was complete */
	bool complete; /* else it is no sample before another */
	bool failed;   /* memory was short */
	char head[160], memory[200];
	struct sea_top_list links, flows, drops;
};

static inline struct sea_top_link *sea_top_links(const struct sea_top_sample *sample)
{
	return sample->links.at;
}

static inline struct sea_top_flow *sea_top_flows(const struct sea_top_sample *sample)
{
	return sample->flows.at;
}

static inline struct sea_top_drop *sea_top_drops(const struct sea_top_sample *sample)
{
	return sample->drops.at;
}

/* Forgets what it holds, and keeps the memory. */
void sea_top_sample_clear(struct sea_top_sample *sample);
void sea_top_sample_fini(struct sea_top_sample *sample);

/* A line of an answer, without its space and end. What is not understood is passed over. */
typedef void sea_top_line(struct sea_top_sample *sample, const char *line);
sea_top_line sea_top_stat_line;
sea_top_line sea_top_flow_line;
sea_top_line sea_top_drop_line;

/* It is complete: its rates since `before`, which may be incomplete. The flows of both are put in order by id. */
void sea_top_sample_end(struct sea_top_sample *sample, struct sea_top_sample *before, sea_time now);

#endif
