// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/report.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/lint/report.h"

#define WORDS_MAX 240
#define EXPLAINED " # SKIP the capture says why"

static const char *const kinds[] = { "missing", "extra", "differs" };

/* -- whose conversation -- */

static void print_end(const struct sea_talk *talk, bool device, char to[80])
{
	const struct sea_talk_packet *p = &talk->packets[0];
	const uint8_t *addr = p->out == device ? p->seg.src : p->seg.dst;
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(talk->v6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	if (talk->proto == SEA_IPPROTO_ICMP)
		snprintf(to, 80, "%s", text);
	else
		snprintf(to, 80, talk->v6 ? "[%s]:%u" : "%s:%u", text, talk->port[!device]);
}

static const char *proto_name(const struct sea_talk *talk)
{
	return talk->proto == SEA_IPPROTO_TCP   ? "TCP"
	       : talk->proto == SEA_IPPROTO_UDP ? "UDP"
						: "ICMP echo";
}

void sea_replay_report_begin(struct sea_replay_report *r, const char *path, const char *device,
			     bool told)
{
	char us[80], them[80];

	print_end(r->talk, true, us);
	print_end(r->talk, false, them);
	if (r->format == SEA_REPLAY_JSON) {
		fputs("{\"file\": ", r->out);
		sea_lint_report_quote(r->out, path);
		fprintf(r->out, ", \"protocol\": \"%s\", \"device\": \"%s\", \"peer\": \"%s\", ",
			proto_name(r->talk), us, them);
		fprintf(r->out, "\"played_on\": \"%s\", \"program\": \"%s\", \"deviations\": [",
			device, told ? "told" : "guessed");
		return;
	}
	if (r->quiet)
		return;
	fprintf(r->out, "%s%s: %s of %s with %s, played on %s; its program is %s\n",
		r->format == SEA_REPLAY_TAP ? "# " : "", path, proto_name(r->talk), us, them,
		device, told ? "as the capture tells" : "guessed");
}

/* -- deviations -- */

static bool wanted(struct sea_replay_report *r, const struct sea_deviation *d)
{
	unsigned i = 0;

	while (i < 63 && r->printed[i].name && strcmp(r->printed[i].name, d->name) != 0)
		i++;
	r->printed[i].name = d->name;
	if (r->printed[i].n++ < SEA_REPLAY_PRINTED_MAX)
		return true;
	r->kept_back++;
	return false;
}

/* One sentence of it. */
static void word(const struct sea_replay_report *r, const struct sea_deviation *d,
		 char to[WORDS_MAX])
{
	char packet[160];

	sea_answer_print(d->captured ? d->captured : d->live, r->peer_iss, packet, sizeof(packet));
	if (d->kind == SEA_DEVIATION_MISSING)
		snprintf(to, WORDS_MAX, "no %s: %s", d->words, packet);
	else if (d->kind == SEA_DEVIATION_EXTRA)
		snprintf(to, WORDS_MAX, "one %s too much: %s", d->words, packet);
	else
		snprintf(to, WORDS_MAX, "%s: expected %s, seen %s", d->words, d->expected, d->seen);
}

static void json(struct sea_replay_report *r, const struct sea_deviation *d, const char *words)
{
	const struct sea_answer *a = d->captured ? d->captured : d->live;

	fprintf(r->out, "%s\n{\"frame\": %" PRIu64 ", \"seconds\": %.9f, \"kind\": \"%s\", ",
		r->findings > 1 ? "," : "", a->frame, (double)a->ns / 1e9, kinds[d->kind]);
	fprintf(r->out, "\"name\": \"%s\", \"clause\": \"%s\", \"words\": ", d->name, d->clause);
	sea_lint_report_quote(r->out, words);
	fputs(", \"expected\": ", r->out);
	sea_lint_report_quote(r->out, d->expected);
	fputs(", \"seen\": ", r->out);
	sea_lint_report_quote(r->out, d->seen);
	fputc('}', r->out);
}

/* In TAP a line of its own for what is too much, else below the answer's. */
static void tap(struct sea_replay_report *r, const struct sea_deviation *d, const char *words)
{
	if (d->kind == SEA_DEVIATION_EXTRA) {
		fprintf(r->out, "%sok %u - behind frame %" PRIu64 ": %s%s\n",
			r->reason ? "" : "not ", ++r->tests, d->live->frame, words,
			r->reason ? EXPLAINED : "");
		fprintf(r->out, "# %s (%s)\n", d->clause, d->name);
		return;
	}
	if (!r->hold)
		r->hold = open_memstream(&r->held, &r->held_len);
	if (r->hold)
		fprintf(r->hold, "# %s\n# %s (%s)\n", words, d->clause, d->name);
}

void sea_replay_report_deviation(struct sea_replay_report *r, const struct sea_deviation *d)
{
	const struct sea_answer *a = d->captured ? d->captured : d->live;
	char words[WORDS_MAX];

	if (!wanted(r, d))
		return;
	r->findings++;
	word(r, d, words);
	if (r->format == SEA_REPLAY_JSON)
		json(r, d, words);
	else if (r->format == SEA_REPLAY_TAP)
		tap(r, d, words);
	else
		fprintf(r->out, "%sframe %" PRIu64 ", %.6f s: %s\n\t%s; %s\n",
			d->captured ? "" : "behind ", a->frame, (double)a->ns / 1e9, words,
			d->clause, d->name);
}

void sea_replay_report_answer(struct sea_replay_report *r, const struct sea_answer *captured,
			      const struct sea_answer *live, unsigned deviations)
{
	char packet[160];

	(void)live;
	if (r->format != SEA_REPLAY_TAP)
		return;
	sea_answer_print(captured, r->peer_iss, packet, sizeof(packet));
	fprintf(r->out, "%sok %u - frame %" PRIu64 ": %s%s\n",
		deviations && !r->reason ? "not " : "", ++r->tests, captured->frame, packet,
		deviations && r->reason ? EXPLAINED : "");
	if (!r->hold)
		return;
	fclose(r->hold);
	r->hold = NULL;
	fputs(r->held, r->out);
	free(r->held);
	r->held = NULL;
}

/* -- the end -- */

void sea_replay_report_end(struct sea_replay_report *r, const struct sea_match *m,
			   const struct sea_played *played)
{
	size_t expected = played->captured.n;

	if (r->format == SEA_REPLAY_JSON) {
		fprintf(r->out, "],\n\"played\": %zu, \"expected\": %zu, \"as_captured\": %u, ",
			played->packets_in, expected, m->same);
		fprintf(r->out,
			"\"deviations_in_all\": %u, \"kept_back\": %u, \"unread\": %" PRIu64,
			m->deviations, r->kept_back, r->talk->unread);
		fputs(", \"reason\": ", r->out);
		sea_lint_report_quote(r->out, r->reason ? r->reason : "");
		fputs("}\n", r->out);
		return;
	}
	if (r->format == SEA_REPLAY_TAP)
		fprintf(r->out, "1..%u\n# ", r->tests);
	if (r->kept_back && !r->quiet)
		fprintf(r->out, "%u more deviations of the same kinds\n%s", r->kept_back,
			r->format == SEA_REPLAY_TAP ? "# " : "");
	if (r->reason && m->deviations)
		fprintf(r->out, "the capture says why: %s\n%s", r->reason,
			r->format == SEA_REPLAY_TAP ? "# " : "");
	fprintf(r->out, "%zu packets in, %zu answers expected, %u as captured, %u deviations\n",
		played->packets_in, expected, m->same, m->deviations);
}
