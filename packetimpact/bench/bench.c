// SPDX-License-Identifier: Apache-2.0
/* Packets there and back, and what is said where a test fails. */
#include <stdarg.h>
#include <stdlib.h>

#include "packetimpact/bench/state.h"

bool sea_bench_is_v6(const struct sea_bench *b)
{
	return b->v6;
}

int sea_bench_family(const struct sea_bench *b)
{
	return b->v6 ? AF_INET6 : AF_INET;
}

struct sea_dut *sea_bench_dut(struct sea_bench *b)
{
	return b->dut;
}

const struct sea_addr *sea_bench_local(const struct sea_bench *b)
{
	return &b->local;
}

const struct sea_addr *sea_bench_remote(const struct sea_bench *b)
{
	return &b->remote;
}

struct sea_addr sea_bench_stranger(const struct sea_bench *b, uint8_t number)
{
	struct sea_addr addr = b->remote;

	addr.b[b->v6 ? 15 : 3] = number;
	return addr;
}

int64_t sea_bench_now(struct sea_bench *b)
{
	return sea_dut_now(b->dut).ns;
}

uint32_t sea_bench_random(struct sea_bench *b, uint32_t below)
{
	b->random = b->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((b->random >> 32) * below >> 32);
}

/* -- failing -- */

void sea_bench_say(struct sea_bench *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(b->turn, sizeof(b->turn), format, args);
	va_end(args);
}

const char *sea_bench_case(const struct sea_bench *b)
{
	return b->turn;
}

static void tell_seen(const struct sea_bench *b)
{
	const size_t first = b->taken > SEA_BENCH_KEPT ? b->taken - SEA_BENCH_KEPT : 0;

	for (size_t i = first; i < b->taken; i++) {
		const struct sea_bench_seen *seen = &b->seen[i % SEA_BENCH_KEPT];

		fprintf(b->report, "  seen at %.6f: ", (double)seen->time_ns / 1e9);
		sea_bench_print_seen(b->report, seen);
		fputc('\n', b->report);
	}
}

void sea_bench_fail(struct sea_bench *b, const char *file, int line, const char *format, ...)
{
	va_list args;

	fprintf(b->report, "%s:%d: ", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line);
	va_start(args, format);
	vfprintf(b->report, format, args);
	va_end(args);
	fprintf(b->report, "%s%s\n", b->turn[0] ? "; the case: " : "", b->turn);
	tell_seen(b);
	longjmp(b->end, 1);
}

/* -- to the device -- */

void sea_bench_send_bytes(struct sea_bench *b, const uint8_t *bytes, size_t len)
{
	const struct sea_dut_packet packet = { .bytes = bytes, .len = len };

	if (sea_dut_inject(b->dut, &packet))
		sea_bench_fail(b, __FILE__, __LINE__, "the device does not take that packet");
}

void sea_bench_send(struct sea_bench *b, const struct sea_bench_layer *layers, size_t n)
{
	static uint8_t bytes[SEA_DUT_PACKET_MAX];
	const size_t len = sea_bench_build(layers, n, &b->remote, &b->local, bytes, sizeof(bytes));

	if (!len)
		sea_bench_fail(b, __FILE__, __LINE__, "that packet cannot be built");
	sea_bench_send_bytes(b, bytes, len);
}

/* -- from the device -- */

/* The next packet that left, within the ring; NULL: there is none now. */
static const struct sea_bench_seen *take(struct sea_bench *b)
{
	const size_t at = b->taken % SEA_BENCH_KEPT;
	struct sea_bench_seen *seen = &b->seen[at];
	struct sea_dut_packet packet;
	const char *wrong;

	if (!sea_dut_take(b->dut, &packet))
		return NULL;
	if (!b->bytes[at] && !(b->bytes[at] = malloc(SEA_DUT_PACKET_MAX)))
		abort();
	memcpy(b->bytes[at], packet.bytes, packet.len);
	seen->bytes = b->bytes[at];
	seen->len = packet.len;
	seen->time_ns = packet.time.ns;
	sea_bench_dissect(seen);
	b->taken++;
	wrong = sea_bench_wrong_sum(seen);
	if (wrong)
		sea_bench_fail(b, __FILE__, __LINE__, "the last packet is not right: %s", wrong);
	return seen;
}

static const struct sea_bench_seen *see_until(struct sea_bench *b, sea_time until,
					      const struct sea_bench_layer *layers, size_t n)
{
	const struct sea_bench_seen *seen;

	for (;;) {
		while ((seen = take(b)))
			if (sea_bench_match(seen, layers, n))
				return seen;
		if (!(sea_dut_run(b->dut, until, SEA_DUT_STOP_PACKET) & SEA_DUT_STOP_PACKET))
			break;
	}
	/* One that came with the last moment. */
	while ((seen = take(b)))
		if (sea_bench_match(seen, layers, n))
			return seen;
	return NULL;
}

const struct sea_bench_seen *sea_bench_see(struct sea_bench *b, int64_t ns,
					   const struct sea_bench_layer *layers, size_t n)
{
	return see_until(b, sea_time_add(sea_dut_now(b->dut), ns), layers, n);
}

static _Noreturn void fail_match(struct sea_bench *b, const char *file, int line, const char *what,
				 const struct sea_bench_layer *layers, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		abort();
	sea_bench_print_layers(to, layers, n);
	(void)fclose(to);
	fprintf(b->report, "%s: %s\n", what, text);
	free(text);
	sea_bench_fail(b, file, line, "%s", what);
}

const struct sea_bench_seen *sea_bench_expect(struct sea_bench *b, int64_t ns, const char *file,
					      int line, const struct sea_bench_layer *layers,
					      size_t n)
{
	const struct sea_bench_seen *seen;

	if (!sea_dut_is_virtual(b->dut) && ns < SEA_BENCH_REAL_LIMIT)
		ns = SEA_BENCH_REAL_LIMIT;
	seen = sea_bench_see(b, ns, layers, n);
	if (!seen)
		fail_match(b, file, line, "this did not come", layers, n);
	return seen;
}

void sea_bench_expect_none(struct sea_bench *b, int64_t ns, const char *file, int line,
			   const struct sea_bench_layer *layers, size_t n)
{
	if (sea_bench_see(b, ns, layers, n))
		fail_match(b, file, line, "this should not have come", layers, n);
}

void sea_bench_wait(struct sea_bench *b, int64_t ns)
{
	(void)sea_dut_run(b->dut, sea_time_add(sea_dut_now(b->dut), ns), 0);
}
