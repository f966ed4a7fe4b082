/* SPDX-License-Identifier: Apache-2.0 */
/* MACs of TCP-AO that a script's key makes, for what comes in and for what was sent. */
#ifndef SEA_PACKETIMPACT_RUN_SIGN_H
#define SEA_PACKETIMPACT_RUN_SIGN_H

#include "packetimpact/run/mac.h"
#include "packetimpact/run/state.h"

/* False: the script is skipped. */
bool sea_run_can_sign(struct sea_run *run, struct sea_script_pos pos);
/* option->len bytes. False: the run has failed. */
bool sea_run_sign(struct sea_run *run, const struct sea_script_option *option,
		  const struct sea_mac_segment *segment, uint8_t *mac);

#endif
