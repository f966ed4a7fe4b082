/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the file tree share. */
#ifndef SEA_SENTRY_VFS_DIR_H
#define SEA_SENTRY_VFS_DIR_H

struct sea_name;
struct sea_node;
struct sea_mappable_ops;

extern const struct sea_mappable_ops sea_data_mappable;

/* The node is known by that name from now on; NULL: by none. */
void sea_name_alias(struct sea_node *node, struct sea_name *name);
/* Lets go of every name. */
void sea_names_fini(struct sea_node *dir);

#endif
