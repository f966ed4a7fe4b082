/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of links, written out and made again. */
#include <errno.h>

#include <linux/pkt_cls.h>

#include "core/filter.h"
#include "core/link.h"

#define FILTERS_MAX 0xffff /* of a block: as many as there are priorities */

static void save_block(struct sea_saver *to, const struct sea_filter_block *block)
{
	uint32_t n = 0;

	for (const struct sea_filter *f = block->first; f; f = f->next)
		n++;
	sea_save_u32(to, block->parent);
	sea_save_u32(to, n);
	for (const struct sea_filter *f = block->first; f; f = f->next) {
		sea_save_u32(to, f->prio);
		sea_save_u16(to, f->protocol);
		sea_save_u32(to, f->handle);
		sea_save_u32(to, f->classid);
		sea_save_u32(to, f->flags);
		sea_save_u8(to, f->acts);
		sea_save_u32(to, f->action.index);
		sea_save_u32(to, (uint32_t)f->action.verdict);
	}
}

void sea_save_filters(struct sea_saver *to, const struct sea_link *link)
{
	const struct sea_filters *all = sea_filters_of(link);

	save_block(to, &all->in);
	save_block(to, &all->out);
}

static void load_filter(struct sea_loader *from, struct sea_link *link,
			struct sea_filter_block *block, uint32_t *last)
{
	struct sea_filter f = { .prio = sea_load_u32(from) };

	f.protocol = sea_load_u16(from);
	f.handle = sea_load_u32(from);
	f.classid = sea_load_u32(from);
	f.flags = sea_load_u32(from);
	f.acts = sea_load_u8(from);
	f.action.index = sea_load_u32(from);
	f.action.verdict = (int32_t)sea_load_u32(from);
	if (f.prio <= *last || f.prio > FILTERS_MAX || f.action.verdict < TC_ACT_UNSPEC ||
	    f.action.verdict > TC_ACT_STOLEN)
		sea_load_fail(from, -EINVAL);
	*last = f.prio;
	if (!from->err)
		sea_load_fail(from, sea_filter_add(link, block, &f));
}

static void load_block(struct sea_loader *from, struct sea_link *link,
		       struct sea_filter_block *block)
{
	uint32_t last = 0;

	block->parent = sea_load_u32(from);
	for (uint32_t n = sea_load_count(from, FILTERS_MAX); n && !from->err; n--)
		load_filter(from, link, block, &last);
}

void sea_load_filters(struct sea_loader *from, struct sea_link *link)
{
	struct sea_filters *all = sea_filters_of(link);

	load_block(from, link, &all->in);
	load_block(from, link, &all->out);
}
