// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/lint/report.h"

#include <arpa/inet.h>
#include <inttypes.h>

static const char *const severities[] = {
	[SEA_LINT_NOTE] = "note",
	[SEA_LINT_WARNING] = "warning",
	[SEA_LINT_ERROR] = "error",
};

#define ADDR_MAX 64

static void print_addr(char out[ADDR_MAX], bool v6, const uint8_t addr[16], int port)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(v6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	if (port < 0)
		snprintf(out, ADDR_MAX, "%s", text);
	else
		snprintf(out, ADDR_MAX, v6 ? "[%s]:%d" : "%s:%d", text, port);
}

/* Who to whom: by the segment in hand, else by the flow. */
static void print_ends(char from[ADDR_MAX], char to[ADDR_MAX], const struct sea_lint_finding *f)
{
	if (f->flow && (!f->seg || f->seg->frame != f->at.frame)) {
		print_addr(from, f->flow->v6, f->flow->addr[0], f->flow->port[0]);
		print_addr(to, f->flow->v6, f->flow->addr[1], f->flow->port[1]);
	} else if (f->seg) {
		bool ports = f->flow;

		print_addr(from, f->seg->v6, f->seg->src, ports ? f->seg->tcp.src : -1);
		print_addr(to, f->seg->v6, f->seg->dst, ports ? f->seg->tcp.dst : -1);
	} else {
		*from = *to = '\0';
	}
}

void sea_lint_report_quote(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

void sea_lint_report_begin(struct sea_lint_report *r, const char *name)
{
	r->begin_ns = UINT64_MAX;
	r->findings = r->kept_back = 0;
	if (!r->json)
		return;
	fputs("{\"file\": ", r->out);
	sea_lint_report_quote(r->out, name);
	fputs(", \"findings\": [", r->out);
}

static double seconds(const struct sea_lint_report *r, uint64_t ns)
{
	return r->begin_ns == UINT64_MAX || ns < r->begin_ns ? 0.0
							     : (double)(ns - r->begin_ns) / 1e9;
}

static void finding_json(struct sea_lint_report *r, const struct sea_lint_finding *f,
			 const char *from, const char *to)
{
	const struct sea_lint_about *about = &sea_lint_about[f->rule];

	fprintf(r->out, "%s\n{\"frame\": %" PRIu64 ", \"seconds\": %.9f, \"flow\": %u, ",
		r->findings > 1 ? "," : "", f->at.frame, seconds(r, f->at.time_ns),
		f->flow ? f->flow->id : 0);
	fprintf(r->out,
		"\"from\": \"%s\", \"to\": \"%s\", \"rule\": \"%s\", \"severity\": \"%s\", ", from,
		to, about->name, severities[about->severity]);
	fprintf(r->out, "\"clause\": \"%s\", \"sentence\": \"%s\", \"seen\": ", about->clause,
		about->sentence);
	sea_lint_report_quote(r->out, f->seen);
	fputc('}', r->out);
}

static bool wanted(struct sea_lint_report *r, const struct sea_lint_finding *f)
{
	uint32_t n = f->flow ? f->flow->findings[f->rule] : ++r->printed[f->rule];

	if (r->no_notes && sea_lint_about[f->rule].severity == SEA_LINT_NOTE)
		return false;
	if (r->only && (!f->flow || f->flow->id != r->only))
		return false;
	if (n <= SEA_LINT_PRINTED_MAX)
		return true;
	r->kept_back++;
	return false;
}

void sea_lint_report_finding(struct sea_lint_report *r, const struct sea_lint_finding *f)
{
	const struct sea_lint_about *about = &sea_lint_about[f->rule];
	char from[ADDR_MAX], to[ADDR_MAX];

	if (!wanted(r, f))
		return;
	r->findings++;
	print_ends(from, to, f);
	if (r->json) {
		finding_json(r, f, from, to);
		return;
	}
	fprintf(r->out, "frame %" PRIu64 ", %.6f s: %s: %s (%s)\n\t", f->at.frame,
		seconds(r, f->at.time_ns), severities[about->severity], about->sentence, f->seen);
	if (f->flow)
		fprintf(r->out, "flow %u, ", f->flow->id);
	fprintf(r->out, "%s > %s; %s; %s\n", from, to, about->clause, about->name);
}

/* -- flows -- */

static const char *beginning(const struct sea_lint_flow *f)
{
	if (!f->half[0].offer.syn)
		return "before the capture";
	if (!f->half[1].began)
		return f->half[1].rst ? "with a SYN that was refused"
				      : "with a SYN that nobody answered";
	return f->half[1].offer.syn ? "with a handshake" : "with a SYN";
}

static const char *ending(const struct sea_lint_flow *f)
{
	if (f->confused)
		return "not judged beyond a SYN in its midst";
	if (f->half[0].rst || f->half[1].rst)
		return "with a reset";
	if (f->half[0].fin && f->half[1].fin)
		return "with a FIN each way";
	return f->half[0].fin || f->half[1].fin ? "with a FIN one way" : "not in this capture";
}

static uint64_t found_in(const struct sea_lint_flow *f)
{
	uint64_t n = 0;

	for (int i = 0; i < SEA_LINT_RULES; i++)
		n += f->findings[i];
	return n;
}

static void half_text(const struct sea_lint_report *r, const char *arrow,
		      const struct sea_lint_half *h)
{
	fprintf(r->out, "\t%s %" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64 " retransmissions",
		arrow, h->packets, h->bytes_sent, h->retransmissions);
	if (h->rtt.n)
		fprintf(r->out, ", RTT min %.3f ms, median %.3f ms", (double)h->rtt.min_ns / 1e6,
			(double)sea_lint_rtt_median(&h->rtt) / 1e6);
	fprintf(r->out, ", window up to %u\n", h->window_max);
}

static void half_json(const struct sea_lint_report *r, const char *addr,
		      const struct sea_lint_half *h)
{
	fprintf(r->out, "{\"address\": \"%s\", \"packets\": %" PRIu64 ", \"bytes\": %" PRIu64, addr,
		h->packets, h->bytes_sent);
	fprintf(r->out, ", \"retransmissions\": %" PRIu64 ", \"rtt_samples\": %u, ",
		h->retransmissions, h->rtt.n);
	fprintf(r->out, "\"rtt_min_ms\": %.6f, \"rtt_median_ms\": %.6f, \"window_max\": %u}",
		(double)h->rtt.min_ns / 1e6,
		h->rtt.n ? (double)sea_lint_rtt_median(&h->rtt) / 1e6 : 0.0, h->window_max);
}

static void flow_summary(const struct sea_lint_report *r, const struct sea_lint_flow *f, bool first)
{
	char a[ADDR_MAX], b[ADDR_MAX];

	print_addr(a, f->v6, f->addr[0], f->port[0]);
	print_addr(b, f->v6, f->addr[1], f->port[1]);
	if (r->json) {
		fprintf(r->out,
			"%s\n{\"flow\": %u, \"begin\": %.9f, \"end\": %.9f, \"findings\": %" PRIu64,
			first ? "" : ",", f->id, seconds(r, f->first.time_ns),
			seconds(r, f->last.time_ns), found_in(f));
		fprintf(r->out, ", \"began\": \"%s\", \"ended\": \"%s\", \"sides\": [",
			beginning(f), ending(f));
		half_json(r, a, &f->half[0]);
		fputs(", ", r->out);
		half_json(r, b, &f->half[1]);
		fputs("]}", r->out);
		return;
	}
	fprintf(r->out,
		"flow %u: %s > %s, %.6f to %.6f s, %" PRIu64 " findings; began %s, ended %s\n",
		f->id, a, b, seconds(r, f->first.time_ns), seconds(r, f->last.time_ns), found_in(f),
		beginning(f), ending(f));
	half_text(r, ">", &f->half[0]);
	half_text(r, "<", &f->half[1]);
}

/* -- totals -- */

static void counts_text(const struct sea_lint_report *r, const struct sea_lint *lint,
			uint64_t frames, uint64_t others)
{
	const struct sea_lint_counts *c = &lint->counts;
	const struct {
		uint64_t n;
		const char *what;
	} rare[] = {
		{ others, "frames without IP" },
		{ c->other, "packets of other protocols" },
		{ c->fragments, "fragments, not judged beyond IP" },
		{ c->cut, "packets that the capture cut too short to judge" },
		{ c->cut_sums, "checksums of packets that the capture cut" },
		{ c->unfinished_sums, "checksums left to a network card" },
		{ c->copies, "packets that the capture has twice" },
		{ c->unjudged, "segments of no connection that could be followed" },
		{ r->kept_back, "more findings of the same kinds" },
	};

	fprintf(r->out, "%" PRIu64 " frames: %" PRIu64 " TCP, %" PRIu64 " UDP, %" PRIu64 " ICMP\n",
		frames, c->tcp, c->udp, c->icmp);
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++) {
		if (rare[i].n)
			fprintf(r->out, "\t%" PRIu64 " %s\n", rare[i].n, rare[i].what);
	}
}

static void counts_json(const struct sea_lint_report *r, const struct sea_lint *lint,
			uint64_t frames, uint64_t others)
{
	const struct sea_lint_counts *c = &lint->counts;

	fprintf(r->out,
		"\"frames\": %" PRIu64 ", \"tcp\": %" PRIu64 ", \"udp\": %" PRIu64
		", \"icmp\": %" PRIu64 ",\n",
		frames, c->tcp, c->udp, c->icmp);
	fprintf(r->out,
		"\"without_ip\": %" PRIu64 ", \"other\": %" PRIu64 ", \"fragments\": %" PRIu64,
		others, c->other, c->fragments);
	fprintf(r->out,
		", \"cut\": %" PRIu64 ", \"cut_checksums\": %" PRIu64
		", \"unfinished_checksums\": %" PRIu64,
		c->cut, c->cut_sums, c->unfinished_sums);
	fprintf(r->out,
		", \"copies\": %" PRIu64 ", \"unjudged\": %" PRIu64 ", \"kept_back\": %" PRIu64
		",\n",
		c->copies, c->unjudged, r->kept_back);
}

void sea_lint_report_end(struct sea_lint_report *r, const struct sea_lint *lint, uint64_t frames,
			 uint64_t others, const char *trouble)
{
	const uint64_t *n = lint->by_severity;
	bool first = true;

	if (r->json)
		fputs("],\n\"flows\": [", r->out);
	for (uint32_t i = 0; i < lint->flows.n && (r->json || !r->quiet); i++) {
		if (r->only && r->only != i + 1)
			continue;
		flow_summary(r, lint->flows.by_id[i], first);
		first = false;
	}
	if (r->json) {
		fputs("],\n", r->out);
		counts_json(r, lint, frames, others);
		fputs("\"trouble\": ", r->out);
		sea_lint_report_quote(r->out, trouble ? trouble : "");
		fprintf(r->out,
			", \"errors\": %" PRIu64 ", \"warnings\": %" PRIu64 ", \"notes\": %" PRIu64
			"}\n",
			n[SEA_LINT_ERROR], n[SEA_LINT_WARNING], n[SEA_LINT_NOTE]);
		return;
	}
	if (!r->quiet)
		counts_text(r, lint, frames, others);
	fprintf(r->out, "%u flows, %" PRIu64 " errors, %" PRIu64 " warnings, %" PRIu64 " notes\n",
		lint->flows.n, n[SEA_LINT_ERROR], n[SEA_LINT_WARNING], n[SEA_LINT_NOTE]);
}
