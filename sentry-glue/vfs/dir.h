/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the file tree share. */
#ifndef SEA_SENTRY_VFS_DIR_H
#define SEA_SENTRY_VFS_DIR_H

struct sea_node;
struct sea_mappable_ops;

extern const struct sea_mappable_ops sea_data_mappable;

/* Lets go of every name. */
void sea_names_fini(struct sea_node *dir);

#endif
