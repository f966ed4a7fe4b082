// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/lint/svg.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define WIDTH 1000.0
#define HEIGHT 600.0
#define LEFT 90.0
#define TOP 50.0
#define TICKS 8

/* -- collecting -- */

/* 32 bits, unrolled: near the last one. */
static int64_t unroll(struct sea_svg *svg, sea_seq seq)
{
	return svg->base_at + sea_seq_diff(seq, svg->base);
}

static void add(struct sea_svg *svg, enum sea_svg_kind kind, uint64_t ns, sea_seq from, sea_seq to)
{
	struct sea_svg_point *points;

	if (svg->n == svg->room) {
		size_t room = svg->room ? svg->room * 2 : 256;

		points = svg->n < SEA_SVG_POINTS_MAX ? realloc(svg->points, room * sizeof(*points))
						     : NULL;
		if (!points) {
			svg->full = true;
			return;
		}
		svg->points = points;
		svg->room = room;
	}
	svg->points[svg->n++] =
		(struct sea_svg_point){ kind, ns, unroll(svg, from), unroll(svg, to) };
}

static void add_title(struct sea_svg *svg, const struct sea_lint_flow *f)
{
	char a[INET6_ADDRSTRLEN] = "", b[INET6_ADDRSTRLEN] = "";
	int s = svg->side, family = f->v6 ? AF_INET6 : AF_INET;

	inet_ntop(family, f->addr[s], a, sizeof(a));
	inet_ntop(family, f->addr[!s], b, sizeof(b));
	snprintf(svg->title, sizeof(svg->title), "flow %u: %s port %u to %s port %u", f->id, a,
		 f->port[s], b, f->port[!s]);
}

static void begin(struct sea_svg *svg, const struct sea_lint_look *look, sea_seq base)
{
	if (svg->begun)
		return;
	svg->begun = true;
	svg->base = base;
	add_title(svg, look->flow);
}

static void add_sent(struct sea_svg *svg, const struct sea_lint_look *look)
{
	begin(svg, look, look->tcp->seq);
	if (look->rst || sea_seq_eq(look->end, look->tcp->seq))
		return;
	add(svg, look->sending == SEA_LINT_SENT_AGAIN ? SEA_SVG_AGAIN : SEA_SVG_DATA,
	    look->seg->time_ns, look->tcp->seq, look->end);
	if (!look->fresh)
		return;
	svg->base_at = unroll(svg, look->end);
	svg->base = look->end;
}

static void add_acked(struct sea_svg *svg, const struct sea_lint_look *look)
{
	if (!look->ack || look->rst)
		return;
	begin(svg, look, look->tcp->ack);
	add(svg, SEA_SVG_ACK, look->seg->time_ns, look->tcp->ack, look->tcp->ack);
	if (look->peer->windowed)
		add(svg, SEA_SVG_EDGE, look->seg->time_ns, look->peer->edge_last,
		    look->peer->edge_last);
	for (uint8_t i = 0; i < look->tcp->opts.n_sack; i++)
		add(svg, SEA_SVG_SACK, look->seg->time_ns, look->tcp->opts.sack[i].start,
		    look->tcp->opts.sack[i].end);
}

void sea_svg_add(struct sea_svg *svg, const struct sea_lint_look *look)
{
	if (look->flow->id != svg->flow || look->sending == SEA_LINT_SENT_COPY)
		return;
	if (look->me == &look->flow->half[svg->side])
		add_sent(svg, look);
	else
		add_acked(svg, look);
}

/* -- drawing -- */

struct scale {
	uint64_t t0;
	int64_t s0;
	double per_ns, per_byte;
};

static double x_of(const struct scale *s, uint64_t ns)
{
	return LEFT + (double)(ns > s->t0 ? ns - s->t0 : 0) * s->per_ns;
}

static double y_of(const struct scale *s, int64_t seq)
{
	return TOP + HEIGHT - (double)(seq - s->s0) * s->per_byte;
}

static void fit(const struct sea_svg *svg, struct scale *s)
{
	uint64_t t0 = svg->points[0].ns, t1 = t0;
	int64_t s0 = svg->points[0].from, s1 = svg->points[0].to;

	for (size_t i = 0; i < svg->n; i++) {
		const struct sea_svg_point *p = &svg->points[i];

		t0 = p->ns < t0 ? p->ns : t0;
		t1 = p->ns > t1 ? p->ns : t1;
		/* What is blocked may lie anywhere; it does not set the scale. */
		if (p->kind == SEA_SVG_SACK)
			continue;
		s0 = p->from < s0 ? p->from : s0;
		s1 = p->to > s1 ? p->to : s1;
	}
	*s = (struct scale){ t0, s0, WIDTH / (double)(t1 - t0 + 1),
			     HEIGHT / (double)(s1 - s0 + 1) };
}

static void draw_axes(const struct scale *s, FILE *out)
{
	fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", LEFT, TOP, TOP + HEIGHT,
		LEFT + WIDTH);
	for (int i = 0; i <= TICKS; i++) {
		double x = LEFT + WIDTH * i / TICKS, y = TOP + HEIGHT - HEIGHT * i / TICKS;

		fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.6g</text>\n", x,
			TOP + HEIGHT + 18, WIDTH * i / TICKS / s->per_ns / 1e9);
		fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n",
			LEFT - 6, y + 4, (double)s->s0 + HEIGHT * i / TICKS / s->per_byte);
	}
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">time (s)</text>\n",
		LEFT + WIDTH / 2, TOP + HEIGHT + 36);
	fprintf(out,
		"<text transform=\"translate(16 %.1f) rotate(-90)\" text-anchor=\"middle\">sequence number (bytes)"
		"</text>\n",
		TOP + HEIGHT / 2);
}

/* Strokes of one kind; what is only a moment, by steps. */
static void draw_kind(const struct sea_svg *svg, const struct scale *s, enum sea_svg_kind kind,
		      const char *class, FILE *out)
{
	bool steps = kind == SEA_SVG_ACK || kind == SEA_SVG_EDGE, first = true;

	fprintf(out, "<path class=\"%s\" d=\"", class);
	for (size_t i = 0; i < svg->n; i++) {
		const struct sea_svg_point *p = &svg->points[i];
		double x = x_of(s, p->ns);

		if (p->kind != kind)
			continue;
		if (!steps)
			fprintf(out, "M%.2f %.2fV%.2f", x, y_of(s, p->from), y_of(s, p->to));
		else if (first)
			fprintf(out, "M%.2f %.2f", x, y_of(s, p->to));
		else
			fprintf(out, "H%.2fV%.2f", x, y_of(s, p->to));
		first = false;
	}
	fputs("\"/>\n", out);
}

static void draw_legend(FILE *out)
{
	static const char *const names[][2] = { { "data", "data" },
						{ "again", "sent again" },
						{ "ack", "acknowledged" },
						{ "edge", "end of the window" },
						{ "sack", "SACK" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		double x = LEFT + 20 + 150.0 * (double)i;

		fprintf(out,
			"<path class=\"%s\" d=\"M%.1f 38H%.1f\"/><text x=\"%.1f\" y=\"42\">%s</text>\n",
			names[i][0], x, x + 20, x + 26, names[i][1]);
	}
}

bool sea_svg_write(const struct sea_svg *svg, FILE *out)
{
	struct scale s;

	if (!svg->n)
		return false;
	fit(svg, &s);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
		"font-size=\"12\">\n<style>path{fill:none;stroke-width:1.5}.axis{stroke:#000}.data{stroke:#2060c0}"
		".again{stroke:#d02020;stroke-width:2.5}.ack{stroke:#208040}.edge{stroke:#a0a0a0}"
		".sack{stroke:#c080e0}</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		LEFT + WIDTH + 30, TOP + HEIGHT + 50);
	fprintf(out, "<text x=\"%.1f\" y=\"20\">%s%s</text>\n", LEFT, svg->title,
		svg->full ? " (its beginning)" : "");
	draw_axes(&s, out);
	draw_kind(svg, &s, SEA_SVG_EDGE, "edge", out);
	draw_kind(svg, &s, SEA_SVG_ACK, "ack", out);
	draw_kind(svg, &s, SEA_SVG_SACK, "sack", out);
	draw_kind(svg, &s, SEA_SVG_DATA, "data", out);
	draw_kind(svg, &s, SEA_SVG_AGAIN, "again", out);
	draw_legend(out);
	fputs("</svg>\n", out);
	return true;
}

void sea_svg_fini(struct sea_svg *svg)
{
	free(svg->points);
	svg->points = NULL;
	svg->n = svg->room = 0;
}
