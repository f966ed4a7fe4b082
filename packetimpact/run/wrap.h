/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets inside of other headers: IPv4, IPv6, GRE (RFC 2784, 2890) and MPLS (RFC 3032), as the script names them,
 * the outermost first.
 */
#ifndef SEA_PACKETIMPACT_RUN_WRAP_H
#define SEA_PACKETIMPACT_RUN_WRAP_H

#include "packetimpact/run/state.h"

/* Headers around `packet`, whose bytes are others then, of the run. False: the run has failed. */
bool sea_run_wrap(struct sea_run *run, const struct sea_script_encap *encaps,
		  struct sea_dut_packet *packet);

enum sea_unwrapped {
	SEA_UNWRAPPED,
	SEA_WRAPPED_OTHERWISE, /* in other headers, or in none */
	SEA_WRAPPED_WRONG,     /* in these, but a field is another: the run has failed */
};

/* What is inside, for a packet that the device sent: the same bytes, from further on. */
enum sea_unwrapped sea_run_unwrap(struct sea_run *run, const struct sea_script_encap *encaps,
				  struct sea_dut_packet *packet);

#endif
