/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the host that have more than one name there: whichever is looked up, it is one node, so
 * that what is written by one name is read by the other.
 */
#ifndef SEA_SENTRY_VFS_HOSTLINK_H
#define SEA_SENTRY_VFS_HOSTLINK_H

#include <sys/stat.h>

struct sea_node;

/* Borrowed; NULL: none of its names was looked up yet. */
struct sea_node *sea_hostlink_find(const struct stat *st);
/* From now on it is found, until it goes. */
void sea_hostlink_add(struct sea_node *node);
void sea_hostlink_remove(struct sea_node *node);

#endif
