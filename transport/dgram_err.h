/* SPDX-License-Identifier: Apache-2.0 */
/* The error queue of a datagram socket (IP_RECVERR, MSG_ERRQUEUE). */
#ifndef SEA_TRANSPORT_DGRAM_ERR_H
#define SEA_TRANSPORT_DGRAM_ERR_H

#include "transport/dgram.h"

/* Takes the oldest error: what had been sent, and IP_RECVERR's control message; -EAGAIN. */
ssize_t sea_dgram_err_recv(struct sea_dgram *d, struct msghdr *msg, int flags);
/* Adds to what is charged for received bytes. */
void sea_dgram_charge(struct sea_dgram *d, int32_t bytes);
/* Forgets all errors (IP_RECVERR was switched off). */
void sea_dgram_err_purge(struct sea_dgram *d);

#endif
