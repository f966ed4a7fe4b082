/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/packetimpact/lint/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checksum.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

struct packet {
	bool back, v6, frag, udp, icmp, nosum, sum_bad, sum_part, ipsum_bad, rsv;
	unsigned flags, len, wnd, ecn, id, off, cut, more, udplen;
	uint32_t seq, ack;
	char fill;
	struct sea_tcp_opts o;
	uint8_t raw[40];
	size_t raw_len;
};

static const uint32_t iss[2] = { 1000, 50000 };

static unsigned flags_of(const char *text)
{
	static const char names[] = "FSRP.UEW";
	unsigned flags = 0;

	for (; *text; text++) {
		const char *at = strchr(names, *text);

		if (*text == 'A')
			flags |= 0x100;
		else if (at)
			flags |= 1u << (at - names);
	}
	return flags;
}

static void take_sack(struct packet *p, const char *text)
{
	unsigned a, b;
	int n;

	while (sscanf(text, "%u-%u%n", &a, &b, &n) == 2) {
		p->o.sack[p->o.n_sack++] = (struct sea_sack_block){ sea_seq_of(iss[!p->back] + a),
								    sea_seq_of(iss[!p->back] + b) };
		text += n;
		if (*text == ',')
			text++;
	}
}

static void take_raw(struct packet *p, const char *text)
{
	unsigned byte;

	for (; sscanf(text, "%2x", &byte) == 1; text += 2)
		p->raw[p->raw_len++] = (uint8_t)byte;
}

static void take_key(struct packet *p, const char *key)
{
	const char *value = strchr(key, '=');
	unsigned n = value ? (unsigned)strtoul(value + 1, NULL, 10) : 0;

#define KEY(name) (!strncmp(key, name, strlen(name)))
	if (KEY("mss="))
		p->o.has_mss = true, p->o.mss = (uint16_t)n;
	else if (KEY("ws="))
		p->o.has_wscale = true, p->o.wscale = (uint8_t)n;
	else if (KEY("sp"))
		p->o.has_sack_perm = true;
	else if (KEY("ts="))
		p->o.has_ts = sscanf(value + 1, "%u/%u", &p->o.ts_val, &p->o.ts_ecr) == 2;
	else if (KEY("sack="))
		take_sack(p, value + 1);
	else if (KEY("raw="))
		take_raw(p, value + 1);
	else if (KEY("ecn="))
		p->ecn = n;
	else if (KEY("fill="))
		p->fill = value[1];
	else if (KEY("id="))
		p->id = n;
	else if (KEY("sum="))
		p->sum_bad = value[1] == 'b', p->sum_part = value[1] == 'p';
	else if (KEY("off="))
		p->off = n;
	else if (KEY("cut="))
		p->cut = n;
	else if (KEY("more="))
		p->more = n;
	else if (KEY("udplen="))
		p->udplen = n;
	else if (KEY("ipsum="))
		p->ipsum_bad = true;
	else if (KEY("v6"))
		p->v6 = true;
	else if (KEY("frag"))
		p->frag = true;
	else if (KEY("udp"))
		p->udp = true;
	else if (KEY("icmp"))
		p->icmp = true;
	else if (KEY("nosum"))
		p->nosum = true;
	else if (KEY("rsv"))
		p->rsv = true;
	else
		abort();
}

static size_t put_tcp(const struct packet *p, uint8_t *at)
{
	struct sea_tcp_hdr *h = (struct sea_tcp_hdr *)at;
	size_t opts = sea_tcp_opts_put(at + sizeof(*h), &p->o), len;
	uint32_t first = p->seq + (p->flags & SEA_TCP_SYN ? 1 : 0);

	memcpy(at + sizeof(*h) + opts, p->raw, p->raw_len);
	opts += p->raw_len;
	len = sizeof(*h) + opts;
	*h = (struct sea_tcp_hdr){
		.src = sea_be16_of(p->back ? 80 : 40000),
		.dst = sea_be16_of(p->back ? 40000 : 80),
		.seq = sea_be32_of(p->seq),
		.ack = sea_be32_of(p->ack),
		.off = (uint8_t)((p->off ? p->off : len / 4) << 4 | (p->flags & 0x100 ? 1 : 0) |
				 (p->rsv ? 8 : 0)),
		.flags = (uint8_t)p->flags,
		.wnd = sea_be16_of((uint16_t)p->wnd),
	};
	for (unsigned i = 0; i < p->len; i++)
		at[len + i] = p->fill ? (uint8_t)p->fill : (uint8_t)((first + i) * 7);
	return len + p->len;
}

static size_t put_other(const struct packet *p, uint8_t *at)
{
	size_t len = 8 + p->len;

	memset(at, 7, len);
	if (p->icmp) {
		at[0] = 8;
		at[1] = 0;
	} else {
		sea_put16(at, 1000);
		sea_put16(at + 2, p->wnd ? (uint16_t)p->wnd : 2000);
		sea_put16(at + 4, (uint16_t)(p->udplen ? p->udplen : len));
	}
	return len;
}

static uint8_t proto_of(const struct packet *p)
{
	if (p->icmp)
		return p->v6 ? SEA_IPPROTO_ICMPV6 : SEA_IPPROTO_ICMP;
	return p->udp ? SEA_IPPROTO_UDP : SEA_IPPROTO_TCP;
}

static size_t put_ip(const struct packet *p, uint8_t *at, size_t len)
{
	uint8_t end = p->back ? 2 : 1;

	if (p->v6) {
		memset(at, 0, 40);
		sea_put32(at, 0x60000000u | (uint32_t)p->ecn << 20);
		sea_put16(at + 4, (uint16_t)(len + p->more));
		at[6] = proto_of(p);
		at[7] = 64;
		at[8] = at[24] = 0xfd;
		at[23] = end;
		at[39] = (uint8_t)(3 - end);
		return 40;
	}
	*(struct sea_ipv4_hdr *)at = (struct sea_ipv4_hdr){
		.ver_ihl = 0x45,
		.tos = (uint8_t)p->ecn,
		.total_len = sea_be16_of((uint16_t)(20 + len + p->more)),
		.id = sea_be16_of((uint16_t)p->id),
		.frag = sea_be16_of(p->frag ? SEA_IPV4_MF : 0),
		.ttl = 64,
		.proto = proto_of(p),
		.src = { { 192, 0, 2, end } },
		.dst = { { 192, 0, 2, (uint8_t)(3 - end) } },
	};
	sea_csum_put(at + 10, (uint16_t)~sea_csum_fold(sea_csum_scalar(at, 20, 0)));
	at[11] = (uint8_t)(at[11] + p->ipsum_bad);
	return 20;
}

static void put_sum(const struct packet *p, uint8_t *ip, uint8_t *l4, size_t len)
{
	uint8_t *at = l4 + (p->icmp ? 2 : p->udp ? 6 : 16);
	uint32_t pseudo = p->v6 ? sea_csum_pseudo6(ip + 8, ip + 24, proto_of(p), (uint32_t)len)
				: sea_csum_pseudo4(ip + 12, ip + 16, proto_of(p), (uint32_t)len);

	if (p->icmp && !p->v6)
		pseudo = 0;
	sea_csum_put(at, 0);
	if (p->nosum)
		return;
	sea_csum_put(at, p->sum_part ? sea_csum_fold(pseudo)
				     : (uint16_t)~sea_csum_fold(sea_csum_scalar(l4, len, pseudo)));
	if (p->sum_bad)
		at[0] ^= 0x55;
}

static void take_line(struct packet *p, char *line, double *ms)
{
	char way[2], flags[16], ack[16], *key, *save;
	unsigned seq;
	int n;

	if (sscanf(line, "%lf %1s %15s %u:%u %15s %u%n", ms, way, flags, &seq, &p->len, ack,
		   &p->wnd, &n) != 7)
		abort();
	if (p->len > SCENE_ROOM - 200)
		abort();
	p->back = way[0] == '<';
	p->flags = flags_of(flags);
	p->seq = iss[p->back] + seq;
	p->ack = ack[0] == '-' ? 0 : iss[!p->back] + (uint32_t)strtoul(ack, NULL, 10);
	for (key = strtok_r(line + n, " ", &save); key; key = strtok_r(NULL, " ", &save))
		take_key(p, key);
}

const char *scene_packet(const char *text, uint64_t number, uint8_t room[SCENE_ROOM],
			 struct sea_lint_frame *frame)
{
	struct packet p = { .id = (unsigned)number };
	char line[256] = "";
	size_t n = strcspn(text, "\n"), ip, len;
	double ms;

	if (!*text)
		return NULL;
	if (n >= sizeof(line))
		abort();
	memcpy(line, text, n);
	take_line(&p, line, &ms);
	ip = p.v6 ? 40 : 20;
	len = p.udp || p.icmp ? put_other(&p, room + ip) : put_tcp(&p, room + ip);
	put_ip(&p, room, len);
	put_sum(&p, room, room + ip, len);
	*frame = (struct sea_lint_frame){ .number = number,
					  .time_ns = 1000000000u + (uint64_t)(ms * 1e6),
					  .ip = room,
					  .caplen = p.cut ? p.cut : (uint32_t)(ip + len),
					  .len = (uint32_t)(ip + len) };
	return text + n + (text[n] == '\n');
}

static void found(void *arg, const struct sea_lint_finding *f)
{
	struct verdict *v = arg;
	size_t used = strlen(v->said);

	v->n[f->rule]++;
	v->all++;
	snprintf(v->said + used, sizeof(v->said) - used, "frame %u: %s (%s)\n",
		 (unsigned)f->at.frame, sea_lint_about[f->rule].name, f->seen);
}

void scene_judge(const char *text, struct verdict *verdict)
{
	struct sea_lint_frame frame;
	uint8_t room[SCENE_ROOM];
	struct sea_lint lint;

	*verdict = (struct verdict){ 0 };
	sea_lint_init(&lint, found, verdict);
	for (uint64_t n = 1; (text = scene_packet(text, n, room, &frame)); n++)
		sea_lint_frame(&lint, &frame);
	sea_lint_end(&lint);
	sea_lint_fini(&lint);
}
