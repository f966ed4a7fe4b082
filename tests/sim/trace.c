/* SPDX-License-Identifier: Apache-2.0 */
/* What a run looks like from outside: a line for each frame, a capture, the word when it fails. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"
#include "wire/pcapng.h"
#include "wire/print.h"

void sim_trace_open(struct sim_world *w)
{
	uint8_t head[256];
	size_t len;

	if (!w->options->capture)
		return;
	w->capture = fopen(w->options->capture, "wb");
	if (!w->capture) {
		perror(w->options->capture);
		exit(2);
	}
	len = sea_pcapng_put_section(head, sizeof(head), "seastack sim");
	len += sea_pcapng_put_interface(head + len, sizeof(head) - len, SEA_LINKTYPE_ETHERNET,
					SIM_FRAME_MAX, "segment");
	fwrite(head, 1, len, w->capture);
}

void sim_trace_close(struct sim_world *w)
{
	if (w->capture && fclose(w->capture)) {
		perror(w->options->capture);
		exit(2);
	}
	w->capture = NULL;
}

void sim_trace_frame(struct sim_world *w, unsigned from, const uint8_t *bytes, size_t len)
{
	struct sea_pcapng_packet pkt = {
		.time_ns = (uint64_t)w->now.ns,
		.len = (uint32_t)len,
		.caplen = (uint32_t)len,
	};
	static uint8_t block[SIM_FRAME_MAX + 256];
	char line[SEA_PRINT_MAX];

	if (w->options->trace)
		printf("%" PRId64 ".%09" PRId64 " %u %s\n", w->now.ns / SEA_SEC,
		       w->now.ns % SEA_SEC, from,
		       sea_print_frame(line, sizeof(line), SEA_LINKTYPE_ETHERNET, bytes, len));
	if (w->capture) {
		uint8_t *at = sea_pcapng_put_packet(block, sizeof(block), &pkt);

		SIM_CHECK(w, at);
		memcpy(at, bytes, len);
		fwrite(block, 1, sea_pcapng_packet_size(&pkt), w->capture);
	}
}

void sim_fail(struct sim_world *w, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "seed %" PRIu64 " at %" PRId64 ".%09" PRId64 " s, frame %" PRIu64 ": ",
		w->seed, w->now.ns / SEA_SEC, w->now.ns % SEA_SEC, w->n_frames);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\nagain: tests/sim/sim --seed %" PRIu64 "\n", w->seed);
	sim_trace_close(w);
	abort();
}
