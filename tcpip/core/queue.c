/* SPDX-License-Identifier: Apache-2.0 */
/* Queues where they stand: made, replaced, counted, and found among those of a link. */
#include "core/queue.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/link_kind.h"
#include "core/qdisc.h"
#include "core/stack.h"
#include "wire/tcp.h"

/* Handles that are given out, as on Linux: 8001: and what follows. */
#define HANDLE_STEP 0x10000u
#define HANDLE_FIRST 0x80010000u
#define HANDLE_LAST 0xfffe0000u
#define UNSEEN_HDR 14u /* that Linux's lo and VRFs have, and ours do without */
#define UDP_HDR 8u

/* -- its life -- */

int sea_queue_make(struct sea_link *link, struct sea_queue *q,
		   const struct sea_qdisc_config *config)
{
	const struct sea_qdisc *kind;
	void *state;
	int err;

	if (config->size != sizeof(*config) || !config->kind)
		return -EINVAL;
	kind = sea_qdisc_find(link->stack, config->kind);
	if (!kind)
		return -ENOENT;
	if (config->given & ~kind->options)
		return -EINVAL;
	if (kind->ingress) /* it has a place of its own */
		return -EOPNOTSUPP;
	err = kind->init(link, config, &state);
	if (!err)
		*q = (struct sea_queue){ .kind = kind, .state = state };
	return err;
}

void sea_queue_end(struct sea_link *link, struct sea_queue *q, enum sea_drop reason)
{
	if (q->peeked)
		sea_pkt_drop(link->stack, q->peeked, reason);
	q->peeked = NULL;
	q->kind->fini(link, q->state, reason);
}

void sea_queue_clear(struct sea_link *link, struct sea_queue *q)
{
	if (sea_queue_stands(q))
		sea_queue_end(link, q, SEA_DROP_LINK_QUEUE_GONE);
	*q = (struct sea_queue){ .kind = NULL };
}

int sea_queue_replace(struct sea_link *link, struct sea_queue *q,
		      const struct sea_qdisc_config *config, uint32_t handle)
{
	struct sea_queue new;
	int err = sea_queue_make(link, &new, config);

	if (err)
		return err;
	sea_queue_clear(link, q);
	*q = new;
	q->handle = handle;
	if (q->kind->named)
		q->kind->named(q->state, handle);
	return 0;
}

int sea_queue_change(struct sea_link *link, struct sea_queue *q,
		     const struct sea_qdisc_config *config)
{
	if (!q->kind->change || config->given & ~q->kind->options)
		return -EINVAL;
	return q->kind->change(link, q->state, config);
}

struct sea_qdisc_info sea_queue_info(const struct sea_link *link, const struct sea_queue *q)
{
	struct sea_qdisc_info info = { .size = sizeof(info),
				       .config = { .size = sizeof(info.config), .kind = "" } };

	if (!sea_queue_stands(q))
		return info;
	info.config.kind = q->kind->name;
	info.config.given = q->kind->options;
	q->kind->info(link, q->state, &info);
	if (q->peeked) {
		info.packets++;
		info.bytes += q->peeked->len;
	}
	return info;
}

/* -- what leaves -- */

/* Headers that a super-segment has once, and the wire with each segment. */
static uint32_t headers_of(const struct sea_pkt *pkt)
{
	const struct sea_frag *f = &pkt->frags[0];
	const struct sea_tcp_hdr *th = sea_pkt_at(pkt, pkt->csum_start);

	if (pkt->csum_state != SEA_CSUM_PARTIAL || pkt->csum_start < f->off ||
	    pkt->csum_start + sizeof(*th) > f->off + f->len)
		return 0;
	return pkt->csum_start - f->off +
	       (pkt->gso_type == SEA_GSO_UDP ? UDP_HDR : (uint32_t)sea_tcp_hdr_len(th));
}

void sea_queue_count_segments(struct sea_queue *q, const struct sea_pkt *pkt)
{
	if (pkt->gso_segs < 2)
		return;
	q->sent.packets += pkt->gso_segs - 1u;
	q->sent.bytes += (pkt->gso_segs - 1u) * headers_of(pkt);
}

/* Frames without a header of the link's; those of kinds that hand them on have one. */
static bool hides_hdr(const struct sea_link *link)
{
	return link->framing->turn && !(link->kind && link->kind->xmit);
}

void sea_queue_count(const struct sea_link *link, struct sea_queue *q, const struct sea_pkt *pkt)
{
	q->sent.packets++;
	q->sent.bytes += pkt->len + (hides_hdr(link) ? UNSEEN_HDR : 0);
	if (pkt->gso_type != SEA_GSO_NONE)
		sea_queue_count_segments(q, pkt);
}

struct sea_pkt *sea_queue_peek(struct sea_link *link, struct sea_queue *q)
{
	if (!sea_queue_stands(q))
		return NULL;
	if (!q->peeked && q->kind->peek)
		return q->kind->peek(q->state);
	if (!q->peeked)
		q->peeked = q->kind->dequeue(link, q->state);
	return q->peeked;
}

struct sea_pkt *sea_queue_take(struct sea_link *link, struct sea_queue *q)
{
	struct sea_pkt *pkt;

	if (!sea_queue_stands(q))
		return NULL;
	pkt = q->peeked ? q->peeked : q->kind->dequeue(link, q->state);
	q->peeked = NULL;
	if (pkt)
		sea_queue_count(link, q, pkt);
	return pkt;
}

bool sea_queue_ready(const struct sea_queue *q)
{
	return sea_queue_stands(q) && (q->peeked || q->kind->ready(q->state));
}

/* -- found -- */

bool sea_queue_in_class(const struct sea_queue_at *at, uint32_t minor, struct sea_queue_at *below)
{
	const struct sea_qdisc *kind = at->queue->kind; /* NULL: nothing is in that class */

	*below = (struct sea_queue_at){
		.queue = kind && kind->in_class ? kind->in_class(at->queue->state, minor) : NULL,
		.parent = at->queue->handle | minor,
		.depth = at->depth + 1,
	};
	return below->queue;
}

/* True: `fn` has found what it looks for, which is *at. */
static bool walk(struct sea_queue_at *at, bool (*fn)(const struct sea_queue *q, uint32_t *arg),
		 uint32_t *arg)
{
	struct sea_queue_at below;

	if (!sea_queue_stands(at->queue))
		return false;
	if (fn(at->queue, arg))
		return true;
	for (uint32_t minor = 1; sea_queue_in_class(at, minor, &below); minor++) {
		if (walk(&below, fn, arg)) {
			*at = below;
			return true;
		}
	}
	return false;
}

static bool is_nth(const struct sea_queue *q, uint32_t *n)
{
	(void)q;
	return !(*n)--;
}

static bool has_handle(const struct sea_queue *q, uint32_t *handle)
{
	return q->handle == *handle;
}

/* The link's own, those in its classes, and what stands where packets come in. */
static bool walk_all(struct sea_link *link, struct sea_queue_at *at,
		     bool (*fn)(const struct sea_queue *q, uint32_t *arg), uint32_t *arg)
{
	*at = (struct sea_queue_at){ .queue = &link->queue };
	if (walk(at, fn, arg))
		return true;
	*at = (struct sea_queue_at){ .queue = link->ingress, .parent = SEA_PARENT_INGRESS };
	return sea_queue_stands(at->queue) && fn(at->queue, arg);
}

bool sea_queue_nth(struct sea_link *link, unsigned n, struct sea_queue_at *at)
{
	uint32_t left = n;

	return walk_all(link, at, is_nth, &left);
}

bool sea_queue_find(struct sea_link *link, uint32_t handle, struct sea_queue_at *at)
{
	return handle && walk_all(link, at, has_handle, &handle);
}

uint32_t sea_queue_free_handle(struct sea_link *link)
{
	uint32_t *last = &link->stack->qdisc_handle;
	struct sea_queue_at at;

	for (uint32_t n = HANDLE_FIRST; n <= HANDLE_LAST; n += HANDLE_STEP) {
		*last = *last < HANDLE_LAST && *last >= HANDLE_FIRST ? *last + HANDLE_STEP
								     : HANDLE_FIRST;
		if (!sea_queue_find(link, *last, &at))
			return *last;
	}
	return 0;
}
