// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/record/tap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "packetimpact/dut/around.h"
#include "wire/pcapng.h"

#define COMMENT_MAX 8000u
#define WALL_NS                \
	(INT64_C(1767225600) * \
	 SEA_SEC) /* 2026-01-01: where time is virtual, a run is a run again */
#define VALUE_MAX 128
#define BLOCKED_NS (2 * SEA_MSEC) /* a call that took longer waited for something */

struct frame {
	sea_time time;
	bool out;
	uint16_t gso_size;
	size_t len;
	char *comment; /* NULL: none */
	struct frame *next;
	uint8_t bytes[];
};

struct waiting {
	struct sea_dut_call *call;
	struct waiting *next;
};

static const char *const names[] = {
#define SYSCTL(name) name,
#include "packetimpact/record/sysctl.def"
#undef SYSCTL
};

#define NAMES (sizeof(names) / sizeof(names[0]))

struct tap {
	struct sea_dut_around around; /* first */
	FILE *to;
	long *n;
	int err;
	int64_t wall_ns;                    /* where the device's clock began */
	struct frame *frames, **end, *next; /* `next` to be taken is this one, or one behind it */
	struct waiting *waiting;
	char (*first)[VALUE_MAX];  /* the sysctls, as the device began */
	char comment[COMMENT_MAX]; /* for the next packet */
	size_t comment_len;
};

static struct tap *tap_of(struct sea_dut *dut)
{
	return (struct tap *)dut;
}

__attribute__((format(printf, 2, 3))) static void remark(struct tap *t, const char *format, ...)
{
	size_t room = sizeof(t->comment) - t->comment_len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->comment + t->comment_len, room, format, args);
	va_end(args);
	/* What finds no room is left out, a line at a time. */
	if (n > 0 && (size_t)n + 1 < room) {
		t->comment_len += (size_t)n;
		t->comment[t->comment_len++] = '\n';
	}
	t->comment[t->comment_len] = '\0';
}

/* -- calls -- */

/* Words that are addresses are this process's business. */
static void print_args(char *to, size_t room, const struct sea_dut_call *call)
{
	size_t at = 0;

	to[0] = '\0';
	for (unsigned i = 0; i < sea_dut_nr_args(call->nr) && at + 24 < room; i++) {
		int64_t v = (int64_t)call->arg[i];

		if (v > INT32_MAX || v < INT32_MIN)
			at += (size_t)snprintf(to + at, room - at, "%s...", i ? ", " : "");
		else
			at += (size_t)snprintf(to + at, room - at, "%s%lld", i ? ", " : "",
					       (long long)v);
	}
}

/* What a setsockopt()'s pointer points to, where that is known to be numbers or a name. */
static void print_value(char *to, size_t room, const struct sea_dut_call *call)
{
	const char *from = (const char *)(uintptr_t)call->arg[3];
	int32_t word[2];

	if (call->arg[1] == IPPROTO_TCP && call->arg[2] == TCP_CONGESTION && call->arg[4] < 16) {
		snprintf(to, room, "\"%.*s\"", (int)call->arg[4], from);
	} else if (call->arg[4] == sizeof(word[0])) {
		memcpy(word, from, sizeof(word[0]));
		snprintf(to, room, "[%d]", word[0]);
	} else if (call->arg[4] == sizeof(word)) {
		memcpy(word, from, sizeof(word));
		snprintf(to, room, "[%d %d]", word[0], word[1]);
	} else {
		snprintf(to, room, "...");
	}
}

static bool has_blocked(const struct tap *t, const struct sea_dut_call *call)
{
	return sea_time_diff(call->ended, call->began) >
	       (sea_dut_is_virtual(t->around.inner) ? 0 : BLOCKED_NS);
}

static void remark_call(struct tap *t, const struct sea_dut_call *call)
{
	const char *name = sea_dut_nr_name(call->nr);
	char args[160], value[40], when[48];
	double at = (double)call->began.ns / 1e9, to = (double)call->ended.ns / 1e9;

	if (!has_blocked(t, call))
		snprintf(when, sizeof(when), "%.9f", at);
	else
		snprintf(when, sizeof(when), "%.9f-%.9f", at, to);
	print_args(args, sizeof(args), call);
	if (!call->done)
		remark(t, "%s %s(%s) = ?", when, name, args);
	else if (call->nr == SEA_DUT_setsockopt && !call->result) {
		print_value(value, sizeof(value), call);
		remark(t, "%s setsockopt(%d, %d, %d, %s, %d) = 0", when, (int)call->arg[0],
		       (int)call->arg[1], (int)call->arg[2], value, (int)call->arg[4]);
	} else if (call->result < 0 && call->result > -4096) {
		const char *error = strerrorname_np((int)-call->result);

		remark(t, "%s %s(%s) = -1 %s", when, name, args, error ? error : "?");
	} else {
		remark(t, "%s %s(%s) = %ld", when, name, args, call->result);
	}
}

/* Calls that were done meanwhile. */
static void look(struct tap *t)
{
	struct waiting **at = &t->waiting;

	while (*at) {
		struct waiting *w = *at;

		if (!w->call->done) {
			at = &w->next;
			continue;
		}
		remark_call(t, w->call);
		*at = w->next;
		free(w);
	}
}

/* -- packets -- */

static void read_sysctls(struct tap *t, char (*to)[VALUE_MAX])
{
	for (size_t i = 0; i < NAMES; i++) {
		if (sea_dut_sysctl_get(t->around.inner, names[i], to[i], VALUE_MAX) < 0)
			to[i][0] = '\0';
	}
}

/* What was drawn, and decides what comes out: it is told in any case. */
static bool is_secret(const char *name)
{
	return !strcmp(name, "net.ipv4.tcp_fastopen_key");
}

static void remark_sysctls(struct tap *t)
{
	char(*is)[VALUE_MAX] = calloc(NAMES, sizeof(*is));

	if (is)
		read_sysctls(t, is);
	for (size_t i = 0; is && i < NAMES; i++) {
		if (strcmp(is[i], t->first[i]) != 0 || (is[i][0] && is_secret(names[i])))
			remark(t, "sysctl %s=%s", names[i], is[i]);
	}
	free(is);
}

static void keep(struct tap *t, const struct sea_dut_packet *packet, bool out, sea_time time)
{
	struct frame *f = malloc(sizeof(*f) + packet->len);

	if (!f) {
		t->err = -ENOMEM;
		return;
	}
	if (!t->frames)
		remark_sysctls(t);
	*f = (struct frame){
		.time = time, .out = out, .gso_size = packet->gso_size, .len = packet->len
	};
	memcpy(f->bytes, packet->bytes, packet->len);
	if (t->comment_len)
		f->comment = strndup(t->comment, t->comment_len - 1);
	t->comment_len = 0;
	*t->end = f;
	t->end = &f->next;
	if (!t->next && out)
		t->next = f;
}

/* What left so far is written down before anything else happens. */
static void drain(struct tap *t)
{
	struct sea_dut_packet packet;

	while (sea_dut_take(t->around.inner, &packet))
		keep(t, &packet, true, packet.time);
	look(t);
}

static void begin(struct sea_dut *dut, struct sea_dut_call *call)
{
	struct tap *t = tap_of(dut);
	struct waiting *w = calloc(1, sizeof(*w)), **end = &t->waiting;

	drain(t);
	sea_dut_begin(t->around.inner, call);
	if (w) {
		w->call = call;
		while (*end)
			end = &(*end)->next;
		*end = w;
	}
	/* What a call sends stands behind it, as what it is the reason of. */
	look(t);
	drain(t);
}

static void interrupt(struct sea_dut *dut, struct sea_dut_call *call)
{
	sea_dut_interrupt(tap_of(dut)->around.inner, call);
	drain(tap_of(dut));
}

static unsigned run(struct sea_dut *dut, sea_time until, unsigned stop)
{
	struct tap *t = tap_of(dut);
	unsigned why;

	drain(t);
	if (stop & SEA_DUT_STOP_PACKET && t->next)
		return SEA_DUT_STOP_PACKET;
	why = sea_dut_run(t->around.inner, until, stop);
	drain(t);
	return why;
}

static int inject(struct sea_dut *dut, const struct sea_dut_packet *packet)
{
	struct tap *t = tap_of(dut);

	drain(t);
	keep(t, packet, false, sea_dut_now(t->around.inner));
	return sea_dut_inject(t->around.inner, packet);
}

static bool take(struct sea_dut *dut, struct sea_dut_packet *packet)
{
	struct tap *t = tap_of(dut);
	struct frame *f;

	drain(t);
	f = t->next;
	if (!f)
		return false;
	*packet = (struct sea_dut_packet){
		.bytes = f->bytes, .len = f->len, .gso_size = f->gso_size, .time = f->time
	};
	do
		f = f->next;
	while (f && !f->out);
	t->next = f;
	return true;
}

/* -- the capture -- */

static size_t write_head(struct tap *t)
{
	char about[160];
	uint8_t head[512];
	size_t n;

	snprintf(about, sizeof(about), "packetimpact record, %s", sea_dut_name(t->around.inner));
	n = sea_pcapng_put_section(head, sizeof(head), about);
	n += sea_pcapng_put_interface(head + n, sizeof(head) - n, SEA_LINKTYPE_RAW, 0, "tun0");
	return fwrite(head, 1, n, t->to);
}

static bool write_frame(struct tap *t, const struct frame *f)
{
	const struct sea_pcapng_packet pkt = {
		.time_ns = (uint64_t)(t->wall_ns + f->time.ns),
		.len = (uint32_t)f->len,
		.caplen = (uint32_t)f->len,
		.direction = f->out ? SEA_PCAPNG_OUTBOUND : SEA_PCAPNG_INBOUND,
		.comment = f->comment,
		.comment_len = f->comment ? (uint16_t)strlen(f->comment) : 0,
	};
	size_t size = sea_pcapng_packet_size(&pkt);
	uint8_t *block = malloc(size),
		*at = block ? sea_pcapng_put_packet(block, size, &pkt) : NULL;
	bool good = at;

	if (at) {
		memcpy(at, f->bytes, f->len);
		good = fwrite(block, 1, size, t->to) == size;
	}
	free(block);
	return good;
}

static void write_down(struct tap *t)
{
	long n = 0;
	bool good = write_head(t) && !t->err;

	for (const struct frame *f = t->frames; f; f = f->next, n++)
		good = good && write_frame(t, f);
	good = good && !fflush(t->to);
	*t->n = good ? n : t->err ? t->err : -(errno ? errno : ENOMEM);
}

/* Of the lines that no packet came behind, those of calls that blocked. */
static size_t keep_blocked(char *text, size_t len)
{
	size_t kept = 0;

	for (size_t at = 0; at < len;) {
		size_t line = (size_t)((char *)memchr(text + at, '\n', len - at) - (text + at)) + 1;
		size_t word = strcspn(text + at, " \n");

		if (memchr(text + at, '-', word)) {
			memmove(text + kept, text + at, line);
			kept += line;
		}
		at += line;
	}
	return kept;
}

/* Calls that came back behind the last packet, or never: that they were made may be why it was sent. */
static void remark_rest(struct tap *t)
{
	struct frame *last = t->frames;
	char *all;

	while (t->waiting) {
		struct waiting *w = t->waiting;
		struct sea_dut_call call = *w->call;

		t->waiting = w->next;
		call.ended = call.done ? call.ended : sea_dut_now(t->around.inner);
		remark_call(t, &call);
		free(w);
	}
	t->comment_len = keep_blocked(t->comment, t->comment_len);
	while (last && last->next)
		last = last->next;
	if (!last || !t->comment_len ||
	    asprintf(&all, "%s\n%.*s", last->comment ? last->comment : "", (int)t->comment_len - 1,
		     t->comment) < 0)
		return;
	free(last->comment);
	last->comment = all;
}

static void close_tap(struct sea_dut *dut)
{
	struct tap *t = tap_of(dut);

	drain(t);
	remark_rest(t);
	write_down(t);
	sea_dut_close(t->around.inner);
	while (t->frames) {
		struct frame *f = t->frames;

		t->frames = f->next;
		free(f->comment);
		free(f);
	}
	free(t->first);
	free(t);
}

/* Where its clock began, on the wall's. */
static int64_t wall_of(struct sea_dut *inner)
{
	struct timespec now;

	if (sea_dut_is_virtual(inner))
		return WALL_NS;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SEA_SEC + now.tv_nsec - sea_dut_now(inner).ns;
}

struct sea_dut *sea_tap_new(struct sea_dut *inner, const struct sea_dut_config *config,
			    const char *note, FILE *out, long *frames)
{
	struct tap *t = calloc(1, sizeof(*t));

	*frames = -ENOMEM;
	if (t)
		t->first = calloc(NAMES, sizeof(*t->first));
	if (!t || !t->first) {
		free(t);
		sea_dut_close(inner);
		return NULL;
	}
	sea_dut_around_init(&t->around, inner);
	t->around.ops.close = close_tap;
	t->around.ops.begin = begin;
	t->around.ops.interrupt = interrupt;
	t->around.ops.run = run;
	t->around.ops.inject = inject;
	t->around.ops.take = take;
	t->to = out;
	t->n = frames;
	t->end = &t->frames;
	t->wall_ns = wall_of(inner);
	read_sysctls(t, t->first);
	remark(t, "recorded from %s", sea_dut_name(inner));
	remark(t, "clock %lld.%09lld", (long long)(t->wall_ns / SEA_SEC),
	       (long long)(t->wall_ns % SEA_SEC));
	remark(t, "mtu %u", config->mtu);
	if (note)
		remark(t, "%s", note);
	return &t->around.dut;
}
