/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bad wire in one word: "loss=2%,delay=20ms,rx:rate=10mbit,seed=7". A fault is for both directions
 * unless rx: (towards the stack) or tx: stands before it.
 */
#ifndef SEA_HOST_FAULT_PROFILE_H
#define SEA_HOST_FAULT_PROFILE_H

#include <seastack/wrap.h>

/* NULL, or what is wrong with it. Without seed= the seed is 1. */
const char *sea_fault_profile_parse(const char *text, struct sea_fault_config *config);

#endif
