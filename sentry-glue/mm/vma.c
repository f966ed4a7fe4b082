/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/mm/vma.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sentry-glue/mm/mappable.h"

static struct sea_vma *vma_of(struct sea_rbnode *node)
{
	return node ? (struct sea_vma *)((char *)node - offsetof(struct sea_vma, node)) : NULL;
}

struct sea_vma *sea_vma_find(const struct sea_vmas *vmas, uint64_t addr)
{
	struct sea_rbnode *node = vmas->tree.root, *best = NULL;

	while (node) {
		if (vma_of(node)->end <= addr) {
			node = node->right;
			continue;
		}
		best = node;
		node = node->left;
	}
	return vma_of(best);
}

struct sea_vma *sea_vma_next(const struct sea_vma *vma)
{
	return vma_of(sea_rb_next(&vma->node));
}

static void vma_link(struct sea_vmas *vmas, struct sea_vma *vma)
{
	struct sea_rbnode **link = &vmas->tree.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = vma->start < vma_of(parent)->start ? &parent->left : &parent->right;
	}
	sea_rb_link(&vmas->tree, &vma->node, parent, link);
	vmas->bytes += vma->end - vma->start;
	vmas->n++;
}

static bool may_write(const struct sea_vma *vma)
{
	return vma->shared && vma->prot_max & PROT_WRITE;
}

static void vma_drop(struct sea_vmas *vmas, struct sea_vma *vma)
{
	sea_rb_remove(&vmas->tree, &vma->node);
	vmas->bytes -= vma->end - vma->start;
	vmas->n--;
	if (vma->object) {
		vma->object->writers -= may_write(vma);
		vma->object->ops->put(vma->object);
	}
	free(vma);
}

static struct sea_vma *vma_copy(const struct sea_vma *like)
{
	struct sea_vma *vma = malloc(sizeof(*vma));

	if (!vma)
		return NULL;
	*vma = *like;
	if (vma->object) {
		vma->object->writers += may_write(vma);
		vma->object->ops->get(vma->object);
	}
	return vma;
}

static bool alike(const struct sea_vma *low, const struct sea_vma *high)
{
	return low && high && low->end == high->start && low->prot == high->prot &&
	       low->prot_max == high->prot_max && low->shared == high->shared &&
	       low->growsdown == high->growsdown && low->dontfork == high->dontfork &&
	       low->wipeonfork == high->wipeonfork && low->object == high->object &&
	       (!low->object || low->offset + (low->end - low->start) == high->offset);
}

static void join_two(struct sea_vmas *vmas, struct sea_vma *low, struct sea_vma *high)
{
	uint64_t end = high->end;

	vmas->bytes += end - high->start;
	vma_drop(vmas, high);
	low->end = end;
}

void sea_vma_join(struct sea_vmas *vmas, struct sea_vma *vma)
{
	struct sea_vma *low = vma_of(sea_rb_prev(&vma->node)), *high = sea_vma_next(vma);

	if (alike(vma, high))
		join_two(vmas, vma, high);
	if (alike(low, vma))
		join_two(vmas, low, vma);
}

int sea_vma_add(struct sea_vmas *vmas, const struct sea_vma *like)
{
	struct sea_vma *vma = vma_copy(like);

	if (!vma)
		return -ENOMEM;
	vma_link(vmas, vma);
	sea_vma_join(vmas, vma);
	return 0;
}

int sea_vma_split(struct sea_vmas *vmas, uint64_t addr)
{
	struct sea_vma *vma = sea_vma_find(vmas, addr), *high;

	if (!vma || vma->start >= addr)
		return 0;
	high = vma_copy(vma);
	if (!high)
		return -ENOMEM;
	high->start = addr;
	high->offset += addr - vma->start;
	vmas->bytes -= vma->end - addr;
	vma->end = addr;
	vma_link(vmas, high);
	return 0;
}

int sea_vma_cut(struct sea_vmas *vmas, uint64_t start, uint64_t end)
{
	struct sea_vma *vma, *next;

	if (sea_vma_split(vmas, start) || sea_vma_split(vmas, end))
		return -ENOMEM;
	for (vma = sea_vma_find(vmas, start); vma && vma->start < end; vma = next) {
		next = sea_vma_next(vma);
		vma_drop(vmas, vma);
	}
	return 0;
}

uint64_t sea_vma_gap(const struct sea_vmas *vmas, uint64_t bottom, uint64_t top, uint64_t len)
{
	struct sea_vma *vma = vma_of(sea_rb_last(&vmas->tree));

	for (; vma && top >= bottom + len; vma = vma_of(sea_rb_prev(&vma->node))) {
		if (vma->end + len <= top)
			return top - len;
		if (vma->start < top)
			top = vma->start;
	}
	return top >= bottom + len ? top - len : 0;
}

void sea_vma_fini(struct sea_vmas *vmas)
{
	while (vmas->tree.root)
		vma_drop(vmas, vma_of(vmas->tree.root));
}
