/* SPDX-License-Identifier: Apache-2.0 */
/* Proportional rate reduction (RFC 6937): how much may be sent for what an ACK delivered. */
#ifndef SEA_TCP_PRR_H
#define SEA_TCP_PRR_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/tcp/recstate.h"

/* A reduction from `cwnd` begins. */
void sea_tcp_prr_begin(struct tcp_recovery *rec, uint32_t cwnd);

/*
 * The congestion window after an ACK that delivered `delivered` segments and left `in_flight`;
 * `safe`: it moved SND.UNA and proved no new loss. What is sent is to be added to rec->prr_out.
 */
uint32_t sea_tcp_prr_cwnd(struct tcp_recovery *rec, uint32_t ssthresh, uint32_t in_flight,
			  uint32_t delivered, bool safe);

#endif
