/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

static void *alloc(void *ctx, size_t size, size_t align)
{
	struct fixture *f = ctx;

	if (f->allocs_left == 0)
		return NULL;
	if (f->allocs_left > 0)
		f->allocs_left--;
	return aligned_alloc(align, (size + align - 1) / align * align);
}

static void release(void *ctx, void *mem, size_t size, size_t align)
{
	(void)ctx;
	(void)size;
	(void)align;
	free(mem);
}

static int secret(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5a, len);
	return 0;
}

static SEA_NORETURN void die(void *ctx, const char *what, const char *file, int line)
{
	(void)ctx;
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

void fixture_init_type(struct fixture *f, uint32_t features, enum sea_link_type type)
{
	struct sea_stack_config stack_config = SEA_STACK_CONFIG_INIT;
	struct sea_link_config config = {
		.size = sizeof(config),
		.name = "eth0",
		.type = type,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.features = features,
	};

	stack_config.cache_max = 0; /* so that failing allocations fail at once */
	f->env = (struct sea_env){
		.size = sizeof(f->env),
		.ctx = f,
		.alloc = alloc,
		.free = release,
		.secret = secret,
		.seed = 1,
		.panic = die,
	};
	f->allocs_left = -1;
	assert_int_equal(sea_stack_new(&stack_config, &f->env, NULL, 0, &f->stack), 0);
	assert_int_equal(sea_link_add(f->stack, &config, &f->link, SEA_TIME_ZERO), 0);
	assert_int_equal(sea_link_set_up(f->link, true, SEA_TIME_ZERO), 0);
}

void fixture_init(struct fixture *f, uint32_t features)
{
	fixture_init_type(f, features, SEA_LINK_ETHERNET);
}

void fixture_fini(struct fixture *f)
{
	sea_stack_free(f->stack);
}

uint64_t drops(const struct fixture *f, enum sea_drop reason)
{
	return f->stack->shard.counters.drop[reason];
}

struct sea_pktq arrived;

static void keep(struct sea_stack *stack, struct sea_pkt *pkt)
{
	(void)stack;
	sea_pkt_unpull(pkt, (uint32_t)(sea_pkt_offset(pkt) - pkt->off_link));
	sea_pktq_push(&arrived, pkt);
}

static const struct sea_net_proto keep4 = { .ethertype = SEA_ETHERTYPE_IPV4, .input = keep };
static const struct sea_net_proto keep6 = { .ethertype = SEA_ETHERTYPE_IPV6, .input = keep };

void keep_arrivals(struct fixture *f)
{
	sea_pktq_init(&arrived);
	sea_stack_add_net_proto(f->stack, &keep4);
	sea_stack_add_net_proto(f->stack, &keep6);
}

void forget_arrivals(void)
{
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(&arrived)))
		sea_pkt_free(pkt);
}

/* -- frames -- */

static uint8_t payload_byte(uint32_t seq)
{
	return (uint8_t)(seq * 31u + (seq >> 8));
}

static uint32_t put_ether(uint8_t *to, const struct frame_spec *s)
{
	static const uint8_t dst[6] = { 2, 0, 0, 0, 0, 1 }, src[6] = { 2, 0, 0, 0, 0, 2 };

	if (s->raw)
		return 0;
	memcpy(to, dst, 6);
	memcpy(to + 6, src, 6);
	sea_put16(to + 12, s->v6 ? SEA_ETHERTYPE_IPV6 : SEA_ETHERTYPE_IPV4);
	return 14;
}

static void put_ipv6(uint8_t *to, const struct frame_spec *s, uint32_t trans_len)
{
	struct sea_ipv6_hdr *ip = (void *)to;

	memset(ip, 0, sizeof(*ip));
	ip->ver_class_flow = sea_be32_of(0x60000000u | (uint32_t)s->tos << 20);
	ip->payload_len = sea_be16_of((uint16_t)trans_len);
	ip->next = s->udp ? SEA_IPPROTO_UDP : SEA_IPPROTO_TCP;
	ip->hop_limit = s->ttl ? s->ttl : 64;
	ip->src[0] = ip->dst[0] = 0xfd;
	ip->src[15] = 2;
	ip->dst[15] = 1;
}

static void put_ipv4(uint8_t *to, const struct frame_spec *s, uint32_t trans_len)
{
	struct sea_ipv4_hdr *ip = (void *)to;
	uint16_t sum;

	memset(ip, 0, sizeof(*ip));
	ip->ver_ihl = 0x45;
	ip->tos = s->tos;
	ip->total_len = sea_be16_of((uint16_t)(20 + trans_len));
	ip->id = sea_be16_of(s->id);
	ip->frag = sea_be16_of(s->frag);
	ip->ttl = s->ttl ? s->ttl : 64;
	ip->proto = s->udp ? SEA_IPPROTO_UDP : SEA_IPPROTO_TCP;
	ip->src = sea_be32_of(0x0a000002);
	ip->dst = sea_be32_of(0x0a000001);
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(ip, 20, 0));
	memcpy(&ip->sum, &sum, 2);
}

static uint32_t put_udp(uint8_t *to, const struct frame_spec *s)
{
	struct sea_udp_hdr *udp = (void *)to;

	udp->src = sea_be16_of(s->sport ? s->sport : 40000);
	udp->dst = sea_be16_of(53);
	udp->len = sea_be16_of((uint16_t)(8 + s->payload));
	udp->sum = sea_be16_of(0);
	return 8;
}

static uint32_t put_tcp(uint8_t *to, const struct frame_spec *s)
{
	struct sea_tcp_hdr *tcp = (void *)to;

	memset(tcp, 0, sizeof(*tcp));
	tcp->src = sea_be16_of(s->sport ? s->sport : 40000);
	tcp->dst = sea_be16_of(80);
	tcp->seq = sea_be32_of(s->seq);
	tcp->ack = sea_be32_of(s->ack);
	tcp->off = (uint8_t)((20 + s->opts_len) / 4 << 4);
	tcp->flags = s->flags ? s->flags : SEA_TCP_ACK;
	tcp->wnd = sea_be16_of(s->wnd ? s->wnd : 501);
	tcp->urg = sea_be16_of(s->urg);
	if (s->opts_len)
		memcpy(to + 20, s->opts, s->opts_len);
	return 20 + s->opts_len;
}

static void put_sum(uint8_t *net, uint8_t *trans, uint32_t trans_len, const struct frame_spec *s)
{
	uint8_t proto = s->udp ? SEA_IPPROTO_UDP : SEA_IPPROTO_TCP;
	uint32_t pseudo = s->v6 ? sea_csum_pseudo6(net + 8, net + 24, proto, trans_len)
				: sea_csum_pseudo4(net + 12, net + 16, proto, trans_len);
	uint16_t sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(trans, trans_len, pseudo));

	if (s->bad_sum)
		sum ^= 0x0100;
	memcpy(trans + (s->udp ? 6 : 16), &sum, 2);
}

uint32_t frame_put(uint8_t *to, const struct frame_spec *s)
{
	uint32_t net = put_ether(to, s), trans = net + (s->v6 ? 40 : 20);
	uint32_t data = trans + (s->udp ? put_udp(to + trans, s) : put_tcp(to + trans, s));
	uint32_t trans_len = data + s->payload - trans;

	for (uint32_t i = 0; i < s->payload; i++)
		to[data + i] = payload_byte(s->seq + i);
	if (s->v6)
		put_ipv6(to + net, s, trans_len);
	else
		put_ipv4(to + net, s, trans_len);
	put_sum(to + net, to + trans, trans_len, s);
	return data + s->payload;
}

struct sea_pkt *bytes_pkt(struct fixture *f, const uint8_t *bytes, uint32_t len)
{
	struct sea_rx_chain chain = { 0 };
	struct iovec iov[SEA_RX_CHAIN_MAX];
	struct sea_pkt *pkt;
	uint32_t done = 0;
	int n;

	assert_int_equal(sea_rx_chain_fill(&chain, f->link), 0);
	n = sea_rx_chain_iov(&chain, iov, SEA_RX_CHAIN_MAX);
	for (int i = 0; i < n && done < len; i++) {
		uint32_t part = len - done < iov[i].iov_len ? len - done : (uint32_t)iov[i].iov_len;

		memcpy(iov[i].iov_base, bytes + done, part);
		done += part;
	}
	assert_int_equal(done, len);
	pkt = sea_rx_chain_take(&chain, len);
	assert_non_null(pkt);
	sea_rx_chain_fini(&chain);
	return pkt;
}

struct sea_pkt *frame_pkt(struct fixture *f, const struct frame_spec *spec)
{
	static uint8_t bytes[FRAME_MAX];

	return bytes_pkt(f, bytes, frame_put(bytes, spec));
}

struct sea_pkt *super_pkt(struct fixture *f, const struct frame_spec *spec, uint16_t gso_size)
{
	static uint8_t bytes[FRAME_MAX];
	uint32_t len = frame_put(bytes, spec);
	struct sea_pkt *pkt = sea_pkt_from_bytes(f->link, bytes, len);
	uint16_t net = spec->raw ? 0 : 14, trans = (uint16_t)(net + (spec->v6 ? 40 : 20));
	uint8_t proto = spec->udp ? SEA_IPPROTO_UDP : SEA_IPPROTO_TCP;
	uint16_t sum;

	assert_non_null(pkt);
	sum = sea_csum_fold(
		spec->v6
			? sea_csum_pseudo6(bytes + net + 8, bytes + net + 24, proto, len - trans)
			: sea_csum_pseudo4(bytes + net + 12, bytes + net + 16, proto, len - trans));
	pkt->off_link = sea_pkt_offset(pkt);
	pkt->off_net = (uint16_t)(pkt->off_link + net);
	pkt->off_trans = (uint16_t)(pkt->off_link + trans);
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = pkt->off_trans;
	pkt->csum_offset = spec->udp ? 6 : 16;
	memcpy((uint8_t *)sea_pkt_at(pkt, pkt->csum_start) + pkt->csum_offset, &sum, 2);
	pkt->gso_type = spec->udp ? SEA_GSO_UDP : spec->v6 ? SEA_GSO_TCP6 : SEA_GSO_TCP4;
	pkt->gso_size = gso_size;
	return pkt;
}

uint32_t pkt_bytes(const struct sea_pkt *pkt, uint8_t *to)
{
	assert_true(sea_pkt_read(pkt, 0, to, pkt->len));
	return pkt->len;
}

void send_frame(struct fixture *f, struct sea_pkt *pkt)
{
	static const struct sea_mac dst = { { 2, 0, 0, 0, 0, 2 } };

	sea_pkt_trim_front(pkt, f->link->framing->hdr_len);
	sea_stack_enter(f->stack, f->stack->shard.now);
	(void)sea_link_output(f->link, pkt, &dst, SEA_ETHERTYPE_IPV4);
	sea_stack_leave(f->stack);
}

void input_one(struct fixture *f, struct sea_pkt *pkt, sea_time now)
{
	sea_link_input(f->link, &pkt, 1, now);
}
