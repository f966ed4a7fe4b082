/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on the device `seastack`: what snippets use of them, in the words of the originals. */
#ifndef SEA_PACKETIMPACT_SEASTACK_COMMAND_H
#define SEA_PACKETIMPACT_SEASTACK_COMMAND_H

#include "packetimpact/dut/seastack.h"

/* One command while it runs; its words are argv[1] … argv[argc - 1]. */
struct sea_proc_cmd {
	struct sea_proc *proc;
	int argc;
	char *const *argv;
	int out, err;
};

/* Each returns the exit status. */
int sea_proc_cmd_ip(struct sea_proc_cmd *cmd);
int sea_proc_cmd_tc(struct sea_proc_cmd *cmd);

/* Is word `i` this one? */
bool sea_proc_cmd_is(const struct sea_proc_cmd *cmd, int i, const char *word);
/* The word as a decimal number of 32 bits; false, having said so: it is none. */
bool sea_proc_cmd_number(const struct sea_proc_cmd *cmd, int i, uint32_t *value);
/* "NAME: what" to the errors; returns `status`. */
int sea_proc_cmd_fail(const struct sea_proc_cmd *cmd, int status, const char *what);

#endif
