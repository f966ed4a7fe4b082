/* SPDX-License-Identifier: Apache-2.0 */
/* A datagram of which all fragments are there becomes one packet, by sharing their memory. */
#include "core/checksum.h"
#include "core/link.h"
#include "ip/frag.h"

/* What more fragments than a packet can have are copied into. */
#define PIECE 32768u

enum { NOT_ECT = 1u << 0, CE = 1u << 3 };

/* RFC 3168 §5.3: some that know of congestion marks and some that do not are not of one datagram. */
static bool ecn_agrees(uint8_t seen)
{
	return !(seen & NOT_ECT) || seen == NOT_ECT;
}

static void free_list(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	struct sea_pkt *next;

	for (; pkt; pkt = next) {
		next = pkt->next;
		sea_pkt_drop(stack, pkt, why);
	}
}

/* -- memory -- */

static bool share(struct sea_pkt *head, const struct sea_pkt *rest)
{
	for (const struct sea_pkt *pkt = rest; pkt; pkt = pkt->next)
		for (unsigned i = 0; i < pkt->nfrags; i++) {
			const struct sea_frag *f = &pkt->frags[i];

			if (f->len && !sea_pkt_append_frag(head, f->buf, f->off, f->len))
				return false;
		}
	return true;
}

/* Copies as much of a packet, from `at` on, as the buffer has room for. */
static uint32_t fill(struct sea_buf *buf, uint32_t used, uint32_t room, const struct sea_pkt *pkt,
		     uint32_t at)
{
	uint32_t n = pkt->len - at < room ? pkt->len - at : room;

	(void)sea_pkt_read(pkt, at, buf->data + used, n);
	return n;
}

static bool copy_piece(struct sea_pkt *head, uint32_t len, const struct sea_pkt **pkt, uint32_t *at)
{
	struct sea_buf *buf = sea_buf_new(head->pool, len);
	bool ok;

	if (!buf)
		return false;
	for (uint32_t used = 0; used < len;) {
		uint32_t n = fill(buf, used, len - used, *pkt, *at);

		used += n;
		*at += n;
		if (*at == (*pkt)->len) {
			*pkt = (*pkt)->next;
			*at = 0;
		}
	}
	ok = sea_pkt_append_frag(head, buf, 0, len);
	sea_buf_put(buf);
	return ok;
}

static bool copy(struct sea_pkt *head, const struct sea_pkt *rest, uint32_t total)
{
	uint32_t at = 0;

	while (head->len < total) {
		uint32_t left = total - head->len;

		if (!copy_piece(head, left < PIECE ? left : PIECE, &rest, &at))
			return false;
	}
	return true;
}

static bool join(struct sea_pkt *head, const struct sea_pkt *rest, uint32_t total)
{
	unsigned frags = head->nfrags;

	for (const struct sea_pkt *pkt = rest; pkt; pkt = pkt->next)
		frags += pkt->nfrags;
	return frags <= SEA_PKT_FRAGS_MAX ? share(head, rest) : copy(head, rest, total);
}

/* -- facts -- */

/*
 * Sums of all parts make the sum of the whole, since each begins at an even offset; what somebody has
 * checked of each is checked. A sum that was to be finished later is no fragment's.
 */
static void join_sums(struct sea_pkt *head, const struct sea_pkt *rest)
{
	for (const struct sea_pkt *pkt = rest; pkt; pkt = pkt->next) {
		if (pkt->csum_state != head->csum_state) {
			head->csum_state = SEA_CSUM_NONE;
			break;
		}
		head->csum = sea_csum_add(head->csum, pkt->csum);
	}
	if (head->csum_state == SEA_CSUM_PARTIAL)
		head->csum_state = SEA_CSUM_NONE;
}

static void join_facts(struct sea_pkt *head, const struct sea_pkt *rest, struct sea_link *link)
{
	join_sums(head, rest);
	head->link = link;
	head->gso_type = SEA_GSO_NONE;
	head->gso_size = head->gso_segs = 0;
	head->hash = 0;
	for (const struct sea_pkt *pkt = rest; pkt; pkt = pkt->next) {
		head->charged += pkt->charged;
		head->trusted &= pkt->trusted;
		head->time = sea_time_max(head->time, pkt->time);
	}
}

static enum sea_drop fault_of(const struct sea_frag_queue *q)
{
	if (!ecn_agrees(q->ecn_seen))
		return SEA_DROP_IP_FRAG_ECN;
	return q->before + q->end > UINT16_MAX ? SEA_DROP_IP_FRAG_LENGTH : SEA_DROP_N;
}

struct sea_pkt *sea_frag_whole(struct sea_frag_queue *q, struct sea_link *link,
			       struct sea_frag_whole *whole)
{
	struct sea_frag_table *t = q->table;
	struct sea_stack *stack = t->stack;
	enum sea_drop fault = fault_of(q);
	uint32_t total = q->end;
	struct sea_pkt *head = sea_frag_queue_take(q), *rest = head->next, *next;

	*whole = (struct sea_frag_whole){ .frag_max = q->max,
					  .df = q->max_df == q->max,
					  .ce = q->ecn_seen & CE };
	sea_frag_queue_free(q);
	if (fault == SEA_DROP_N && !join(head, rest, total))
		fault = SEA_DROP_IP_NO_MEMORY;
	if (fault != SEA_DROP_N) {
		sea_stack_count(stack, t->family->fails);
		free_list(stack, head, fault);
		return NULL;
	}
	join_facts(head, rest, link);
	head->next = NULL;
	for (; rest; rest = next) {
		next = rest->next;
		sea_pkt_free(rest);
	}
	sea_stack_count(stack, t->family->oks);
	return head;
}
