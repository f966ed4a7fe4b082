/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder behind a device's snippets:
 *
 *	work/bin/      the commands, as links to this program; first on PATH
 *	work/control   the socket by which they reach us
 *	work/lock      locked as long as somebody uses the folder: others are swept away
 *	work/net/      the sysctls
 *	work/files/    what /proc/net is to have, and work/link to it
 */
#ifndef SEA_PACKETIMPACT_SHELL_FOLDER_H
#define SEA_PACKETIMPACT_SHELL_FOLDER_H

#include "packetimpact/dut/shell.h"
#include "packetimpact/dut/snippet.h"

struct sea_dut_shell {
	char work[64];
	int listen_fd, lock_fd;
	struct sea_dut_tree *tree;
	struct sea_snippets snippets;
};

/* NULL: it cannot be made. sea_dut_shell_free() ends it. */
struct sea_dut_shell *sea_dut_shell_new(void);

#endif
