/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device around another that writes the wire of tun0 down as a capture (pcapng, raw IP): each packet with its
 * direction as the device sees it, and in its comment the calls that came before it, in lines:
 *
 *	recorded from linux 6.18.5              (the first packet's begins with this, and the caller's note)
 *	clock 1767225600.000000000              (the first packet's: when the device began)
 *	mtu 1500                                (the first packet's: of tun0)
 *	sysctl net.ipv4.tcp_ecn=1               (the first packet's: what is not as the device began)
 *	0.100213000 write(4, ..., 1000) = 1000  (its time counts from there; if it blocked, 0.1-0.2)
 *
 * Super-segments, where the device makes them, are one packet.
 */
#ifndef SEA_PACKETIMPACT_TAP_H
#define SEA_PACKETIMPACT_TAP_H

#include <stdio.h>

#include "packetimpact/dut/dut.h"

/*
 * `inner` is taken over, and ends with the tap, which then writes the capture to `out`. What became of that is in
 * *frames: how many there are, or -errno. `config` is what the device was made from. NULL: no memory, and `inner` is ended. `note` may be NULL.
 */
struct sea_dut *sea_tap_new(struct sea_dut *inner, const struct sea_dut_config *config,
			    const char *note, FILE *out, long *frames);

#endif
