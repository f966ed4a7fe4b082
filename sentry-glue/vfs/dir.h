/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the file tree share. */
#ifndef SEA_SENTRY_VFS_DIR_H
#define SEA_SENTRY_VFS_DIR_H

struct sea_name;
struct sea_node;
struct sea_mappable_ops;
struct stat;

extern const struct sea_mappable_ops sea_data_mappable;

/* The node is known by that name from now on; NULL: by none. */
void sea_name_alias(struct sea_node *node, struct sea_name *name);
/* Lets go of every name. */
void sea_names_fini(struct sea_node *dir);

/* --- names of a directory, whatever the host has (dir.c) --- */

struct sea_name *sea_name_find(const struct sea_node *dir, const char *text);
/* One that is not there yet; NULL: no memory. */
struct sea_name *sea_name_insert(struct sea_node *dir, const char *text);
/* Gives it the node, and takes over the reference. */
void sea_name_aim(struct sea_node *dir, struct sea_name *name, struct sea_node *node);
/* A directory that somebody is still in is one that was removed, from now on. */
void sea_name_cut(struct sea_node *dir, struct sea_name *name);

/* A node for what the host's directory below `dir` has by that name, of which `st` tells. One reference. */
int sea_node_from_host(struct sea_node *dir, const char *text, const struct stat *st,
		       struct sea_node **made);

#endif
