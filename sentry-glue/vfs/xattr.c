/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/vfs/xattr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "sentry-glue/vfs/node.h"

struct sea_xattr {
	struct sea_xattr *next;
	size_t size;
	char *value;
	char name[];
};

static size_t all; /* bytes that are kept */

static size_t cost(const char *name, size_t size)
{
	return sizeof(struct sea_xattr) + strlen(name) + 1 + size;
}

static struct sea_xattr **find(struct sea_node *node, const char *name)
{
	struct sea_xattr **link = &node->xattrs;

	while (*link && strcmp((*link)->name, name) != 0)
		link = &(*link)->next;
	return link;
}

static void drop(struct sea_xattr **link)
{
	struct sea_xattr *attr = *link;

	*link = attr->next;
	all -= cost(attr->name, attr->size);
	free(attr->value);
	free(attr);
}

static struct sea_xattr *make(const char *name, const void *value, size_t size)
{
	struct sea_xattr *attr = calloc(1, sizeof(*attr) + strlen(name) + 1);

	if (attr)
		attr->value = malloc(size + 1);
	if (!attr || !attr->value) {
		free(attr);
		return NULL;
	}
	strcpy(attr->name, name);
	attr->size = size;
	if (size)
		memcpy(attr->value, value, size);
	all += cost(name, size);
	return attr;
}

int sea_xattr_set(struct sea_node *node, const char *name, const void *value, size_t size,
		  int flags)
{
	struct sea_xattr **link = find(node, name), *attr;

	if (*link && flags & XATTR_CREATE)
		return -EEXIST;
	if (!*link && flags & XATTR_REPLACE)
		return -ENODATA;
	if (all + cost(name, size) > SEA_XATTR_ALL_MAX)
		return -ENOSPC;
	attr = make(name, value, size);
	if (!attr)
		return -ENOMEM;
	attr->next = *link ? (*link)->next : NULL;
	if (*link)
		drop(link); /* leaves the place of the next */
	*link = attr;
	return 0;
}

int64_t sea_xattr_get(const struct sea_node *node, const char *name, const void **value)
{
	for (const struct sea_xattr *attr = node->xattrs; attr; attr = attr->next) {
		if (strcmp(attr->name, name) != 0)
			continue;
		*value = attr->value;
		return (int64_t)attr->size;
	}
	return -ENODATA;
}

int sea_xattr_remove(struct sea_node *node, const char *name)
{
	struct sea_xattr **link = find(node, name);

	if (!*link)
		return -ENODATA;
	drop(link);
	return 0;
}

int64_t sea_xattr_list(const struct sea_node *node, char *to, size_t size)
{
	size_t total = 0;

	for (const struct sea_xattr *attr = node->xattrs; attr; attr = attr->next) {
		size_t len = strlen(attr->name) + 1;

		if (size && total + len > size)
			return -ERANGE;
		if (size)
			memcpy(to + total, attr->name, len);
		total += len;
	}
	return (int64_t)total;
}

void sea_xattr_fini(struct sea_node *node)
{
	while (node->xattrs)
		drop(&node->xattrs);
}
