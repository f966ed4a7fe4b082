/* SPDX-License-Identifier: Apache-2.0 */
/* The wire of tun0: what leaves is kept for the script, what the script sends comes in. */
#ifndef SEA_PACKETIMPACT_SEASTACK_WIRE_H
#define SEA_PACKETIMPACT_SEASTACK_WIRE_H

#include "packetimpact/dut/seastack.h"

/* Takes what the stack has to send; false: there was nothing. */
bool sea_proc_wire_drain(struct sea_proc *proc);
int sea_proc_wire_inject(struct sea_dut *dut, const struct sea_dut_packet *packet);
bool sea_proc_wire_take(struct sea_dut *dut, struct sea_dut_packet *packet);
void sea_proc_wire_fini(struct sea_proc *proc);

#endif
