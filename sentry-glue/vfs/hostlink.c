/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/vfs/hostlink.h"

#include <stddef.h>

#include "sentry-glue/vfs/node.h"

#define BUCKETS 4096u

static struct sea_node *buckets[BUCKETS];

static struct sea_node **bucket(uint64_t dev, uint64_t ino)
{
	return &buckets[((ino ^ ino >> 12) + dev * 31) % BUCKETS];
}

struct sea_node *sea_hostlink_find(const struct stat *st)
{
	struct sea_node *node = *bucket(st->st_dev, st->st_ino);

	while (node && (node->host_dev != st->st_dev || node->host_ino != st->st_ino))
		node = node->host_next;
	return node;
}

void sea_hostlink_add(struct sea_node *node)
{
	struct sea_node **head = bucket(node->host_dev, node->host_ino);

	node->linked = true;
	node->host_next = *head;
	*head = node;
}

void sea_hostlink_remove(struct sea_node *node)
{
	struct sea_node **link = bucket(node->host_dev, node->host_ino);

	if (!node->linked)
		return;
	while (*link != node)
		link = &(*link)->host_next;
	*link = node->host_next;
}
