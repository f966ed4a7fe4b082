// SPDX-License-Identifier: Apache-2.0
/*
 * %{ code }%: each with what TCP_INFO, TCP_CC_INFO and SO_MEMINFO told at its time, as variables; all of them
 * are one program of python3, which runs when the script is over.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "packetimpact/run/python.h"
#include "packetimpact/run/state.h"
#include "packetimpact/script/symbol.h"

#define SO_MEMINFO_NR 55
#define INFO_BYTES 280
#define OUTPUT_MAX 8192
#define CODE_MAX (64l << 20)

struct field {
	const char *name;
	uint16_t at;
	uint8_t len;
	uint8_t shift, bits; /* of a bit field; bits 0: it is none */
};

static const struct field info_fields[] = {
#define FIELD(name, at, len) { #name, at, len, 0, 0 },
#define BITS(name, at, len, shift, bits) { #name, at, len, shift, bits },
#include "packetimpact/run/tcp_info.def"
#undef FIELD
#undef BITS
};

static const char *const mem_names[] = {
	"SK_MEMINFO_RMEM_ALLOC", "SK_MEMINFO_RCVBUF",    "SK_MEMINFO_WMEM_ALLOC",
	"SK_MEMINFO_SNDBUF",     "SK_MEMINFO_FWD_ALLOC", "SK_MEMINFO_WMEM_QUEUED",
	"SK_MEMINFO_OPTMEM",     "SK_MEMINFO_BACKLOG",   "SK_MEMINFO_DROPS",
};

static const struct field bbr_fields[] = {
	{ "bbr_bw_lo", 0, 4, 0, 0 },        { "bbr_bw_hi", 4, 4, 0, 0 },
	{ "bbr_bw", 0, 8, 0, 0 },           { "bbr_min_rtt", 8, 4, 0, 0 },
	{ "bbr_pacing_gain", 12, 4, 0, 0 }, { "bbr_cwnd_gain", 16, 4, 0, 0 },
};

static const struct field dctcp_fields[] = {
	{ "dctcp_enabled", 0, 2, 0, 0 }, { "dctcp_ce_state", 2, 2, 0, 0 },
	{ "dctcp_alpha", 4, 4, 0, 0 },   { "dctcp_ab_ecn", 8, 4, 0, 0 },
	{ "dctcp_ab_tot", 12, 4, 0, 0 },
};

static const struct field vegas_fields[] = {
	{ "tcpv_enabled", 0, 4, 0, 0 },
	{ "tcpv_rttcnt", 4, 4, 0, 0 },
	{ "tcpv_rtt", 8, 4, 0, 0 },
	{ "tcpv_minrtt", 12, 4, 0, 0 },
};

static const char preamble[] =
	"import sys, traceback\n"
	"def _told(kind, value, trace):\n"
	"    print('%s:%d: this code failed' % (_file, _line))\n"
	"    print(''.join(traceback.format_exception_only(kind, value)), end='')\n"
	"    print('\\n'.join('  %s = %r' % (n, v) for n, v in sorted(globals().items())\n"
	"                    if n.startswith('tcpi_') and n in _text))\n"
	"sys.excepthook = _told\n";

/* The constants that programs compare with. */
static const char *const constants[] = {
	"TCP_ESTABLISHED",     "TCP_SYN_SENT",      "TCP_SYN_RECV",     "TCP_FIN_WAIT1",
	"TCP_FIN_WAIT2",       "TCP_TIME_WAIT",     "TCP_CLOSE",        "TCP_CLOSE_WAIT",
	"TCP_LAST_ACK",        "TCP_LISTEN",        "TCP_CLOSING",      "TCP_CA_Open",
	"TCP_CA_Disorder",     "TCP_CA_CWR",        "TCP_CA_Recovery",  "TCP_CA_Loss",
	"TCPI_OPT_TIMESTAMPS", "TCPI_OPT_SACK",     "TCPI_OPT_WSCALE",  "TCPI_OPT_ECN",
	"TCPI_OPT_ECN_SEEN",   "TCPI_OPT_SYN_DATA", "TCPI_OPT_USEC_TS", "TCPI_OPT_TFO_CHILD",
};
static const uint8_t constant_values[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9,  10, 11, 0,
					   1, 2, 3, 4, 1, 2, 4, 8, 16, 32, 64, 128 };

#define N(list) (sizeof(list) / sizeof((list)[0]))

static uint64_t value_of(const struct field *field, const uint8_t *bytes)
{
	uint64_t value = 0;

	memcpy(&value, bytes + field->at, field->len); /* little-endian, as the device's */
	return field->bits ? value >> field->shift & ((1u << field->bits) - 1) : value;
}

static void emit(FILE *out, const struct field *fields, size_t n, const uint8_t *bytes)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s = %llu\n", fields[i].name,
			(unsigned long long)value_of(&fields[i], bytes));
}

/* The option's bytes; -1: the device does not tell. */
static long ask(struct sea_run *run, long fd, int level, int option, uint8_t *bytes, uint32_t len)
{
	struct sea_dut_call call;

	memset(bytes, 0, len);
	sea_dut_call_init(&call, SEA_DUT_getsockopt, (uint64_t)fd, (uint64_t)level,
			  (uint64_t)option, (uintptr_t)bytes, (uintptr_t)&len, 0);
	sea_dut_begin(run->dut, &call);
	return call.done && call.result >= 0 ? (long)len : -1;
}

static bool emit_all(struct sea_run *run, long fd)
{
	uint8_t bytes[INFO_BYTES];
	long len = ask(run, fd, IPPROTO_TCP, TCP_INFO, bytes, sizeof(bytes));

	if (len < 0)
		return sea_run_fail(run, run->event->pos, "the device does not tell TCP_INFO");
	emit(run->code, info_fields, N(info_fields), bytes);
	len = ask(run, fd, IPPROTO_TCP, TCP_CC_INFO, bytes, 20);
	if (len < 0)
		return sea_run_fail(run, run->event->pos, "the device does not tell TCP_CC_INFO");
	if (len >= 20)
		emit(run->code, bbr_fields, N(bbr_fields), bytes);
	if (len >= 16) {
		emit(run->code, dctcp_fields, N(dctcp_fields), bytes);
		emit(run->code, vegas_fields, N(vegas_fields), bytes);
	}
	if (ask(run, fd, SOL_SOCKET, SO_MEMINFO_NR, bytes, 4 * N(mem_names)) < 0)
		return sea_run_fail(run, run->event->pos, "the device does not tell SO_MEMINFO");
	for (size_t i = 0; i < N(mem_names); i++) {
		uint32_t value;

		memcpy(&value, bytes + 4 * i, 4);
		fprintf(run->code, "%s = %u\n", mem_names[i], value);
	}
	return true;
}

static bool begin_code(struct sea_run *run)
{
	run->code = open_memstream(&run->code_text, &run->code_len);
	if (!run->code)
		return sea_run_fail(run, run->event->pos, "out of memory");
	fputs(preamble, run->code);
	for (size_t i = 0; i < N(constants); i++)
		fprintf(run->code, "%s = %u\n", constants[i], constant_values[i]);
	return true;
}

/* As a string of python3. */
static void quote(FILE *out, const char *s)
{
	fputc('\'', out);
	for (; *s; s++) {
		if (*s == '\\' || *s == '\'' || *s < ' ')
			fprintf(out, "\\x%02x", (unsigned char)*s);
		else
			fputc(*s, out);
	}
	fputs("'\n", out);
}

bool sea_run_code(struct sea_run *run)
{
	struct sea_conn *conn = run->under_test;

	if (!conn || conn->live_fd < 0)
		return sea_run_fail(run, run->event->pos, "there is no socket yet to ask");
	if (!run->code && !begin_code(run))
		return false;
	if (!emit_all(run, conn->live_fd))
		return false;
	if (ftell(run->code) > CODE_MAX)
		return sea_run_fail(run, run->event->pos, "this script has too much code");
	fprintf(run->code, "_line = %u\n_file = ", run->event->pos.line);
	quote(run->code, run->script->path);
	fputs("_text = ", run->code);
	quote(run->code, run->event->text.s);
	fprintf(run->code, "%s\n\n", run->event->text.s);
	return true;
}

static const char *trouble(int status)
{
	switch (status) {
	case SEA_PYTHON_NONE:
		return "there is no python3 for the code of this script";
	case SEA_PYTHON_LATE:
		return "the code of this script did not end";
	case SEA_PYTHON_LOST:
		return "python3 ended before the code of this script";
	default:
		return NULL;
	}
}

bool sea_run_code_finish(struct sea_run *run)
{
	char said[OUTPUT_MAX];
	int status;

	if (!run->code)
		return true;
	fflush(run->code);
	status = sea_python_run(run->code_text, run->code_len, run->config.patience_ms, said,
				sizeof(said));
	if (status || run->config.verbose)
		fputs(said, run->report);
	if (trouble(status))
		sea_run_note(run, "%s", trouble(status));
	run->skipped |= status == SEA_PYTHON_NONE;
	run->failed |= status != 0;
	return status == 0;
}
