/* SPDX-License-Identifier: Apache-2.0 */
/* A ring; the few boundaries that most connections have need no memory of their own. */
#include "transport/tcp/marks.h"

void sea_tcp_marks_fini(struct tcp_marks *m, struct sea_pool *pool)
{
	if (m->ring)
		sea_pool_free(pool, m->ring, sizeof(*m->ring) * (m->mask + 1));
	sea_tcp_marks_init(m);
}

static bool grow(struct tcp_marks *m, struct sea_pool *pool)
{
	uint32_t size = 2 * (m->mask + 1);
	struct tcp_mark *ring = sea_pool_alloc(pool, sizeof(*ring) * size);

	if (!ring)
		return false;
	for (uint32_t i = 0; i < m->n; i++)
		ring[i] = *sea_tcp_mark_at(m, i);
	if (m->ring)
		sea_pool_free(pool, m->ring, sizeof(*ring) * (m->mask + 1));
	m->ring = ring;
	m->mask = size - 1;
	m->head = 0;
	return true;
}

struct tcp_mark *sea_tcp_marks_push(struct tcp_marks *m, struct sea_pool *pool, sea_seq end)
{
	struct tcp_mark *mark;

	if (m->n > m->mask && !grow(m, pool))
		return NULL;
	mark = sea_tcp_mark_at(m, m->n++);
	*mark = (struct tcp_mark){ .end = end };
	return mark;
}

uint32_t sea_tcp_marks_flags(struct tcp_marks *m, sea_seq seq)
{
	uint32_t flags = 0;

	for (uint32_t i = 0; i < m->n && sea_seq_le(sea_tcp_mark_at(m, i)->end, seq); i++)
		flags |= sea_tcp_mark_at(m, i)->flags;
	return flags;
}

void sea_tcp_marks_pop(struct tcp_marks *m, sea_seq seq)
{
	while (m->n && sea_seq_le(sea_tcp_mark_at(m, 0)->end, seq)) {
		m->head = (m->head + 1) & m->mask;
		m->n--;
	}
}

sea_seq sea_tcp_marks_reach(struct tcp_marks *m, sea_seq enough)
{
	struct tcp_mark *mark = sea_tcp_mark_at(m, 0);

	for (uint32_t i = 1;
	     i < m->n && !(mark->flags & TCP_MARK_EOR) && sea_seq_lt(mark->end, enough); i++)
		mark = sea_tcp_mark_at(m, i);
	return mark->end;
}

void sea_tcp_marks_grow(struct tcp_marks *m, sea_seq enough)
{
	struct tcp_mark *head, *next;

	if (m->n < 2)
		return;
	head = sea_tcp_mark_at(m, 0);
	next = sea_tcp_mark_at(m, 1);
	if (head->flags & TCP_MARK_EOR || !sea_seq_lt(head->end, enough))
		return;
	if (sea_seq_lt(enough, next->end)) {
		head->end = enough;
		return;
	}
	/* Flags are either's, pieces both's. */
	next->flags |= head->flags % TCP_MARK_PIECE;
	next->flags += head->flags / TCP_MARK_PIECE * TCP_MARK_PIECE;
	m->head = (m->head + 1) & m->mask;
	m->n--;
}
