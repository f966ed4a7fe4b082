/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capture: what of a frame is kept, and when its record is finished. A received frame's record stays
 * open until the next batch, so that what discards it meanwhile can write the reason into it. All
 * bytes, open and finished, fit one buffer; a frame that does not is counted instead.
 *
 *	buf  [ taken | finished, to be taken | free, as much as open records need and more ]
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <seastack/version.h>

#include "core/link.h"
#include "core/stack.h"
#include "wire/pcapng.h"

#define BUFFER_DEFAULT (4u << 20)
#define BUFFER_MIN 4096u
#define SNAPLEN_DEFAULT 262144u
#define COMMENT_MAX 128

/* A received frame whose fate is open. */
struct record {
	struct record *next;
	uint32_t serial;
	enum sea_drop reason; /* SEA_DROP_N: not dropped so far */
	size_t size;          /* reserved in the buffer */
	struct sea_pcapng_packet pkt;
	uint8_t bytes[];
};

struct capture {
	struct sea_wrapper wrapper;
	uint8_t *buf;
	size_t size, start, end;
	struct record *open, **open_tail;
	size_t open_bytes;
	uint32_t snaplen;
	uint64_t lost;
};

static struct capture *capture_of(struct sea_wrapper *wrapper)
{
	return sea_container(wrapper, struct capture, wrapper);
}

static struct sea_stack *stack_of(const struct capture *c)
{
	return c->wrapper.link->stack;
}

/*
 * An eighth stays free, so that moving the rest to the front, when the end is reached, has that many
 * taken bytes to pay for it.
 */
static bool has_room(const struct capture *c, size_t size)
{
	return c->end - c->start + c->open_bytes + size <= c->size - c->size / 8;
}

/* Room for `size` bytes that has_room() promised. */
static uint8_t *make_room(struct capture *c, size_t size)
{
	if (c->size - c->end < size) {
		memmove(c->buf, c->buf + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
	}
	return c->buf + c->end;
}

/* -- one frame -- */

static struct sea_pcapng_packet describe(const struct capture *c, const struct sea_pkt *pkt,
					 enum sea_pcapng_direction direction, sea_time now)
{
	return (struct sea_pcapng_packet){
		.time_ns = (uint64_t)now.ns + (uint64_t)stack_of(c)->config.wall_offset_ns,
		.len = pkt->len,
		.caplen = pkt->len < c->snaplen ? pkt->len : c->snaplen,
		.direction = direction,
	};
}

/* The checksum that the wire would have shown, where it was left to the device. */
static void complete_sum(const struct capture *c, const struct sea_pkt *pkt, uint8_t *to,
			 uint32_t caplen)
{
	uint32_t start = (uint32_t)(pkt->csum_start - sea_pkt_offset(pkt));
	uint32_t field = start + pkt->csum_offset;
	uint16_t sum;

	if (pkt->csum_state != SEA_CSUM_PARTIAL || field + sizeof(sum) > caplen)
		return;
	sum = (uint16_t)~sea_csum_fold(
		sea_pkt_csum(pkt, start, pkt->len - start, stack_of(c)->csum));
	if (!sum)
		sum = 0xffff; /* 0 would say: none (RFC 768); the same number elsewhere */
	memcpy(to + field, &sum, sizeof(sum));
}

static void copy_frame(const struct capture *c, const struct sea_pkt *pkt, uint8_t *to,
		       uint32_t caplen)
{
	(void)sea_pkt_read(pkt, 0, to, caplen);
	complete_sum(c, pkt, to, caplen);
}

/* -- records -- */

static void write_record(struct capture *c, const struct record *r)
{
	struct sea_pcapng_packet pkt = r->pkt;
	char comment[COMMENT_MAX];
	uint8_t *to;
	size_t size;

	if (r->reason != SEA_DROP_N) {
		int len = snprintf(comment, sizeof(comment), "dropped: %s (%s)",
				   sea_drop_name(r->reason), sea_drop_meaning(r->reason));

		pkt.comment = comment;
		pkt.comment_len = (uint16_t)(len < COMMENT_MAX ? len : COMMENT_MAX - 1);
	}
	size = sea_pcapng_packet_size(&pkt);
	to = make_room(c, size);
	memcpy(sea_pcapng_put_packet(to, size, &pkt), r->bytes, pkt.caplen);
	c->end += size;
}

static void finish_open(struct capture *c)
{
	struct record *r;

	while ((r = c->open)) {
		c->open = r->next;
		c->open_bytes -= r->size;
		write_record(c, r);
		sea_pool_free(&stack_of(c)->shard.pool, r, sizeof(*r) + r->pkt.caplen);
	}
	c->open_tail = &c->open;
}

static void open_record(struct capture *c, const struct sea_pkt *pkt, sea_time now)
{
	struct sea_pcapng_packet desc = describe(c, pkt, SEA_PCAPNG_INBOUND, now), most = desc;
	struct record *r = NULL;
	size_t size;

	most.comment = "";
	most.comment_len = COMMENT_MAX;
	size = sea_pcapng_packet_size(&most);
	if (has_room(c, size))
		r = sea_pool_alloc(&stack_of(c)->shard.pool, sizeof(*r) + desc.caplen);
	if (!r) {
		c->lost++;
		return;
	}
	*r = (struct record){
		.serial = pkt->capture,
		.reason = SEA_DROP_N,
		.size = size,
		.pkt = desc,
	};
	copy_frame(c, pkt, r->bytes, desc.caplen);
	c->open_bytes += size;
	*c->open_tail = r;
	c->open_tail = &r->next;
}

/* Another capture on the frame's way may have numbered it already; then its number serves both. */
static void number(struct sea_shard *shard, struct sea_pkt *pkt)
{
	if (pkt->capture)
		return;
	if (++shard->capture_serial == 0)
		shard->capture_serial = 1;
	pkt->capture = shard->capture_serial;
}

static void rx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now)
{
	struct capture *c = capture_of(wrapper);

	finish_open(c);
	for (struct sea_pkt *pkt = batch->head; pkt; pkt = pkt->next) {
		number(&stack_of(c)->shard, pkt);
		open_record(c, pkt, now);
	}
}

static void tx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now)
{
	struct capture *c = capture_of(wrapper);

	finish_open(c);
	for (struct sea_pkt *pkt = batch->head; pkt; pkt = pkt->next) {
		struct sea_pcapng_packet desc = describe(c, pkt, SEA_PCAPNG_OUTBOUND, now);
		size_t size = sea_pcapng_packet_size(&desc);

		if (!has_room(c, size)) {
			c->lost++;
			continue;
		}
		copy_frame(c, pkt, sea_pcapng_put_packet(make_room(c, size), size, &desc),
			   desc.caplen);
		c->end += size;
	}
}

static void dropped(struct sea_wrapper *wrapper, const struct sea_pkt *pkt, enum sea_drop reason)
{
	struct record *r = capture_of(wrapper)->open;

	while (r && r->serial != pkt->capture)
		r = r->next;
	if (r)
		r->reason = reason;
}

/* -- life -- */

static void free_capture(struct sea_wrapper *wrapper)
{
	struct capture *c = capture_of(wrapper);
	struct sea_pool *pool = &stack_of(c)->shard.pool;
	struct record *r;

	while ((r = c->open)) {
		c->open = r->next;
		sea_pool_free(pool, r, sizeof(*r) + r->pkt.caplen);
	}
	sea_pool_free(pool, c->buf, c->size);
	sea_pool_free(pool, c, sizeof(*c));
}

static const struct sea_wrapper_ops capture_ops = {
	.name = "capture",
	.rx = rx,
	.tx = tx,
	.dropped = dropped,
	.free = free_capture,
};

static void put_headers(struct capture *c, const struct sea_link *link)
{
	char application[64];

	snprintf(application, sizeof(application), "seastack %s", sea_version());
	c->end = sea_pcapng_put_section(c->buf, c->size, application);
	c->end += sea_pcapng_put_interface(c->buf + c->end, c->size - c->end,
					   link->type == SEA_LINK_ETHERNET ? SEA_LINKTYPE_ETHERNET
									   : SEA_LINKTYPE_RAW,
					   c->snaplen, link->name);
}

static struct capture *new_capture(struct sea_link *link, const struct sea_capture_config *config)
{
	struct sea_pool *pool = &link->stack->shard.pool;
	struct capture *c = sea_pool_zalloc(pool, sizeof(*c));

	if (!c)
		return NULL;
	c->size = config->buffer_max ? config->buffer_max : BUFFER_DEFAULT;
	c->snaplen = config->snaplen ? config->snaplen : SNAPLEN_DEFAULT;
	c->open_tail = &c->open;
	c->buf = sea_pool_alloc(pool, c->size);
	if (!c->buf) {
		sea_pool_free(pool, c, sizeof(*c));
		return NULL;
	}
	put_headers(c, link);
	sea_wrapper_attach(&c->wrapper, link, &capture_ops);
	return c;
}

int sea_wrap_capture(struct sea_link *link, const struct sea_capture_config *config,
		     struct sea_wrapper **wrapper, sea_time now)
{
	struct capture *c;

	*wrapper = NULL;
	if (config->size != sizeof(*config) ||
	    (config->buffer_max && config->buffer_max < BUFFER_MIN))
		return -EINVAL;
	sea_stack_enter(link->stack, now);
	c = new_capture(link, config);
	sea_stack_leave(link->stack);
	if (!c)
		return -ENOMEM;
	*wrapper = &c->wrapper;
	return 0;
}

size_t sea_capture_take(struct sea_wrapper *wrapper, void *buf, size_t len)
{
	struct capture *c = capture_of(wrapper);
	size_t n = c->end - c->start;

	n = n < len ? n : len;
	memcpy(buf, c->buf + c->start, n);
	c->start += n;
	if (c->start == c->end)
		c->start = c->end = 0;
	return n;
}

void sea_capture_flush(struct sea_wrapper *wrapper)
{
	finish_open(capture_of(wrapper));
}

uint64_t sea_capture_lost(const struct sea_wrapper *wrapper)
{
	return ((const struct capture *)wrapper)->lost;
}
