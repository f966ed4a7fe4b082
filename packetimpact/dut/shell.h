/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snippets of shell for a device that is no kernel. Each runs in a mount namespace of its own, in which
 * /proc/sys/net is a folder of files that hold the device's sysctls: what is written there is set on the
 * device, at the latest when the next command or the snippet itself ends.
 */
#ifndef SEA_PACKETIMPACT_SHELL_H
#define SEA_PACKETIMPACT_SHELL_H

#include "packetimpact/dut/dut.h"

struct sea_dut_shell;

/* Writes the files that /proc/net is to have, as they are now, into a folder. */
typedef void sea_dut_net_fn(struct sea_dut *dut, const char *folder);

/*
 * sea_dut_ops.shell: keeps its folder in *shell, which begins as NULL, until sea_dut_shell_free(). /proc/net is what
 * `net` writes, where the kernel lets it be another one.
 */
int sea_dut_shell_run(struct sea_dut *dut, struct sea_dut_shell **shell, const char *text,
		      const char *dir, int patience_ms, sea_dut_net_fn *net);
void sea_dut_shell_free(struct sea_dut_shell *shell);

/* -- the files (shell_tree.c) -- */

struct sea_dut_tree;

/* Files below `root`, for the sysctls of a device; NULL: they could not be made. */
struct sea_dut_tree *sea_dut_tree_new(const char *root);
/* The device's values into the files. */
void sea_dut_tree_push(struct sea_dut_tree *tree, struct sea_dut *dut);
/* One of them. */
void sea_dut_tree_push_one(struct sea_dut_tree *tree, struct sea_dut *dut, const char *name);
/* What was written to the files into the device; false, having said so: not all of it is valid. */
bool sea_dut_tree_pull(struct sea_dut_tree *tree, struct sea_dut *dut);
/* Were files removed or renamed? It is of no use for another device then. */
bool sea_dut_tree_is_spoiled(const struct sea_dut_tree *tree);
void sea_dut_tree_free(struct sea_dut_tree *tree);

#endif
